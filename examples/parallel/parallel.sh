#!/bin/sh
# parallel.sh HOST…: a worker for each processor of these machines, by GNU parallel over ssh; ":" is this one. This folder
# and the file that LABWATCH_STORE names must be there on each, under the same path.
set -eu
LABWATCH_STORE=${LABWATCH_STORE:-@$HOME/.labwatch-store}
LABWATCH_CHECKPOINTS=${LABWATCH_CHECKPOINTS:-$PWD/checkpoints}
export LABWATCH_STORE LABWATCH_CHECKPOINTS
mkdir -p "$LABWATCH_CHECKPOINTS"
case $LABWATCH_STORE in
*://*:*@*) echo "a password in LABWATCH_STORE would be seen in lists of processes: use @FILE" >&2 && exit 2 ;;
esac
hosts=$(printf ',%s' "$@")
# shellcheck disable=SC2016 # nproc is asked there
exec parallel --nonall --sshlogin "${hosts#,}" --workdir "$PWD" --env LABWATCH_STORE --env LABWATCH_CHECKPOINTS \
  --line-buffer --tag 'labwatch run train.yaml -j "$(nproc)" -q'
