#!/bin/sh
# train.sh RATE LAYERS: five epochs of doing nothing, and a loss. What is done is in the checkpoint folder: the next
# attempt at this run goes on behind it.
set -eu
state=$LABWATCH_CHECKPOINT/epoch
epoch=$(cat "$state" 2>/dev/null || echo 0)
while [ "$epoch" -lt 5 ]; do
  sleep "${EPOCH_SECONDS:-1}"
  epoch=$((epoch + 1))
  echo "$epoch" >"$state.new"
  mv "$state.new" "$state" # whole, or not at all
done
awk -v rate="$1" -v layers="$2" 'BEGIN { print (log(rate) + 3) ^ 2 + (layers - 4) ^ 2 }'
