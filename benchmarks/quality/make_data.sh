#!/bin/sh
# make_data.sh: the data of the real tuning tasks, in build/quality/data. heart_scale comes with the package
# liblinear-tools, diabetes and breast cancer with scikit-learn, which a virtual environment has. Needs svm-train,
# liblinear-train and xgboost (Debian: libsvm-tools, liblinear-tools, xgboost).
set -eu
cd "$(dirname "$0")/../.."
for command in svm-train liblinear-train xgboost; do
  command -v $command >/dev/null || {
    echo "$command is missing (apt-get install libsvm-tools liblinear-tools xgboost)" >&2
    exit 1
  }
done
data=build/quality/data
mkdir -p $data
if [ ! -s $data/heart_scale ]; then
  unpacked=$(mktemp -d)
  trap 'rm -rf "$unpacked"' EXIT
  (cd "$unpacked" && apt-get download -qq liblinear-tools 2>/dev/null && dpkg-deb -x liblinear-tools_*.deb .)
  cp "$unpacked/usr/share/doc/liblinear-tools/examples/heart_scale" $data/heart_scale.part
  mv $data/heart_scale.part $data/heart_scale
fi
sed 's/^+1/1/; s/^-1/0/' $data/heart_scale >$data/heart_01 # xgboost's labels
if [ ! -s $data/cancer_scale ]; then
  sh benchmarks/quality/make_env.sh smac
  build/quality/smac/bin/python benchmarks/quality/make_data.py $data
fi
