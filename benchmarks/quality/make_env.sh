#!/bin/sh
# make_env.sh ENVIRONMENT: a virtual environment in build/quality/ENVIRONMENT, unless it is there: botorch (and optuna,
# cma), smac, hebo, vizier, hyperopt, report. The versions are those that the committed traces were made with. torch
# comes with its libraries for graphics cards: 5.7 GB.
set -eu
cd "$(dirname "$0")/../.."
binary= # packages that must not be built from source
case ${1-} in
botorch) packages="torch==2.15.0 gpytorch==1.15.2 botorch==0.18.1 optuna==5.0.0 cmaes==0.13.1 cma==4.5.0" ;;
smac) packages="smac==2.4.1 ConfigSpace==1.2.2 scikit-learn==1.9.1" ;;
hebo)
  packages="HEBO==0.3.6 torch==2.15.0 gpytorch==1.15.2 numpy==1.24.4 scipy==1.11.4 pandas==2.0.3 scikit-learn==1.3.2"
  packages="$packages GPy==1.13.2 catboost==1.2.7 pymoo==0.6.0 disjoint-set"
  binary="scikit-learn,scipy,numpy,pandas,GPy,catboost"
  ;;
vizier)
  packages="google-vizier==0.1.24 jax==0.4.34 jaxlib==0.4.34 numpy<2.1 flax==0.9.0 optax==0.2.3 chex==0.1.87"
  packages="$packages equinox==0.11.7 orbax-checkpoint<0.7 jaxopt==0.8.3 jaxtyping==0.2.34 typeguard<=2.13.3"
  packages="$packages tensorflow-probability==0.25.0 tf_keras"
  ;;
hyperopt) packages="hyperopt==0.2.7 numpy==1.26.4 scipy==1.17.1 networkx==3.6.1 setuptools==65.5.0" ;;
report) packages="numpy matplotlib" ;;
*)
  echo "usage: sh benchmarks/quality/make_env.sh botorch | smac | hebo | vizier | hyperopt | report" >&2
  exit 2
  ;;
esac
# shellcheck disable=SC2086 # lists
sh benchmarks/make_env.sh "build/quality/$1" ${binary:+--only-binary "$binary"} $packages
