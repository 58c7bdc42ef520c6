#!/bin/sh
# make_env.sh optuna | hyperopt: a virtual environment in build/store/, unless it is there.
set -eu
cd "$(dirname "$0")/../.."
case ${1-} in
optuna) packages="optuna==5.0.0 psycopg2-binary==2.9.10" ;;
hyperopt) packages="hyperopt==0.2.7 pymongo==3.13.0 numpy==1.26.4 scipy==1.17.1 networkx==3.6.1 setuptools==65.5.0" ;;
*)
  echo "usage: sh benchmarks/store/make_env.sh optuna | hyperopt" >&2
  exit 2
  ;;
esac
# shellcheck disable=SC2086 # a list
sh benchmarks/make_env.sh "build/store/$1" $packages
