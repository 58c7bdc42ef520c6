#!/bin/sh
# run_tests.sh BUILD SOURCE [PYTEST OPTION…]: builds the wheel with python3, and tests it in virtual environments of their
# own: with python3 and everything that it works together with, and with the oldest and the newest other CPython from
# 3.9 on that is found, bare.
#
# Packages come from the package index. Where it is not reached this is left out (77), and with CI set it is a failure.
set -eu
build=$1/python
source=$2
shift 2
package=$source/bindings/python
mkdir -p "$build"

left_out() {
  echo "!!! The Python package was NOT tested: $1" >&2
  tail -n 5 "$build/install.log" >&2
  [ -z "${CI-}" ] || exit 1
  exit 77
}

# environment NAME PYTHON REQUIREMENT…: the virtual environment NAME with these packages; kept from one time to the next.
environment() {
  name=$1
  interpreter=$2
  shift 2
  if ! "$build/$name/bin/python" -c "" 2>/dev/null; then
    rm -rf "${build:?}/$name"
    "$interpreter" -m venv "$build/$name" >"$build/install.log" 2>&1 || left_out "$interpreter makes no virtual environment"
  fi
  "$build/$name/bin/python" -m pip install --quiet --disable-pip-version-check "$@" >"$build/install.log" 2>&1 ||
    left_out "these packages cannot be installed: $*"
}

# The wheel, with the compiler's cache if there is one.
environment build python3 "scikit-build-core>=0.11" "cffi>=1.15" setuptools
if command -v ccache >/dev/null; then
  export CMAKE_C_COMPILER_LAUNCHER=ccache
fi
rm -rf "$build/wheels"
if ! "$build/build/bin/python" -m pip wheel --quiet --no-build-isolation --no-deps --wheel-dir "$build/wheels" \
  --config-settings=build-dir="$build/cmake" "$package" >"$build/wheel.log" 2>&1; then
  cat "$build/wheel.log" >&2
  exit 1
fi
wheel=$(echo "$build"/wheels/labwatch-*.whl)

# test_with NAME PYTEST OPTION…: in the environment NAME, away from the sources.
test_with() {
  name=$1
  shift
  "$build/$name/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --force-reinstall "$wheel"
  echo "== $("$build/$name/bin/python" -c 'import platform as p; print(p.python_implementation(), p.python_version())')"
  (cd "$build" && "$build/$name/bin/python" -m pytest -q -rs -p no:cacheprovider -c "$package/pyproject.toml" --rootdir "$package" \
    "$@" "$package/tests")
}

tests=$(sed -n '/^test = \[/,/^\]/p' "$package/pyproject.toml" | grep -o '"[^"]*"' | tr -d '"')
# shellcheck disable=SC2086 # a list of requirements
environment whole python3 "cffi>=1.15" mypy ruff $tests
test_with whole "$@"
(cd "$package" && "$build/whole/bin/mypy" --cache-dir "$build/mypy" && "$build/whole/bin/ruff" check --no-cache .)

# Other versions, of which only those that start count. pyenv starts only those that it is told of.
if command -v pyenv >/dev/null; then
  PYENV_VERSION=$(pyenv version-name):$(pyenv versions --bare | paste -s -d : -)
  export PYENV_VERSION
fi
version_of() {
  "$1" -c 'import sys; assert sys.version_info >= (3, 9); print("%d.%d" % sys.version_info[:2])' 2>/dev/null
}
here=$(version_of python3)
others=
for minor in 9 10 11 12 13 14; do
  [ "3.$minor" = "$here" ] || [ "$(version_of "python3.$minor")" != "3.$minor" ] || others="$others 3.$minor"
done
# shellcheck disable=SC2086 # a list of versions
set -- $others
[ $# -gt 0 ] || echo "!!! There is no other CPython here: tested with $here alone." >&2
first=${1-}
while [ $# -gt 1 ]; do
  shift
done
for version in $first ${1-}; do
  [ "$version" != "${tested-}" ] || continue
  tested=$version
  environment "bare-$version" "python$version" "cffi>=1.15" pytest
  test_with "bare-$version"
done
