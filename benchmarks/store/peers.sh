#!/bin/sh
# peers.sh [WORKERS] [TRIALS]: a trivial objective with Optuna on PostgreSQL and with hyperopt's MongoTrials, for comparison with
# labwatch's runs in the same minutes; called by run.sh, which gives LABWATCH_TEST_MONGO_URI. Needs PostgreSQL's programs (Debian:
# postgresql) and a user postgres if it is run by root, who may not start it.
set -eu
cd "$(dirname "$0")/../.."
workers=${1:-8} trials=${2:-800}
here=$PWD/benchmarks/store
postgres=$(dirname "$(ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null | tail -1)")
work=$(mktemp -d /tmp/labwatch-peers.XXXXXX)
as=
if [ "$(id -u)" = 0 ]; then
  as="runuser -u postgres --"
  chown postgres "$work"
fi
trap '$as "$postgres/pg_ctl" -D "$work/data" -m fast stop >/dev/null 2>&1 || true; rm -rf "$work"' EXIT

sh "$here/make_env.sh" optuna
cd "$work"
$as "$postgres/initdb" -D "$work/data" -A trust -U bench >/dev/null
$as "$postgres/pg_ctl" -D "$work/data" -o "-h '' -k $work" -l "$work/log" -w start >/dev/null
cd "$OLDPWD"
echo "Optuna $(build/store/optuna/bin/python -c 'import optuna; print(optuna.__version__)'), RDB storage | $workers | \
$(build/store/optuna/bin/python "$here/peer_optuna.py" "postgresql+psycopg2://bench@/postgres?host=$work" "$workers" "$trials")"

sh "$here/make_env.sh" hyperopt
place=${LABWATCH_TEST_MONGO_URI#mongodb://}
place=${place%%[/?]*}
cd "$work"
echo "hyperopt 0.2.7, MongoTrials | $workers | \
$("$OLDPWD/build/store/hyperopt/bin/python" "$here/peer_hyperopt.py" "$place/hyperopt_$$" "$workers" "$((trials / 4))" 2>"$work/hyperopt.log" ||
  { tail -3 "$work/hyperopt.log" >&2 && echo "failed"; })"
cd "$OLDPWD"
