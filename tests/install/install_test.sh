#!/bin/sh
# install_test.sh BUILD SOURCE: installs into a fresh folder, and uses from there what a library's user uses: pkg-config from C
# and C++, find_package, the command, its manual page.
set -eu
build=$1
source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix

cmake --install "$build" --prefix "$prefix" >"$work/install.log"
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name labwatch.pc)")
export PKG_CONFIG_PATH
libdir=$(dirname "$PKG_CONFIG_PATH")
flags=$(pkg-config --cflags --libs labwatch)
[ "$(pkg-config --modversion labwatch)" = "$("$prefix/bin/labwatch" --version | sed 's/^labwatch //')" ]

run() {
  rm -f "$work/embed.db"*
  (cd "$work" && LD_LIBRARY_PATH=$libdir "$1") | tee "$work/said"
  grep -q '^best of 100 runs: [0-9]' "$work/said"
}

echo "== C, by pkg-config"
# shellcheck disable=SC2086 # flags are words
cc -Wall -Wextra -Werror -o "$work/embed_c" "$source/examples/embed/embed.c" $flags -lm
run "$work/embed_c"
# The budget is used: the same experiment goes on, and has nothing left to do.
(cd "$work" && LD_LIBRARY_PATH=$libdir "$work/embed_c") | grep -q '^best of 100 runs'

echo "== C++, by pkg-config"
# shellcheck disable=SC2086
c++ -Wall -Wextra -Werror -x c++ -o "$work/embed_cc" "$source/examples/embed/embed.c" $flags -lm
run "$work/embed_cc"

echo "== find_package"
cmake -G Ninja -S "$source/examples/embed" -B "$work/embed" -DCMAKE_PREFIX_PATH="$prefix" >/dev/null
cmake --build "$work/embed" >/dev/null
run "$work/embed/embed"

echo "== The command"
cd "$work"
"$prefix/bin/labwatch" optimizers >/dev/null
[ -s "$prefix/share/man/man1/labwatch.1" ]
