# The Debian and Ubuntu packages that labwatch needs; sourced by the scripts that install them.
# shellcheck disable=SC2034
build_packages="gcc g++ cmake ninja-build pkg-config libgsl-dev libopenblas-dev libbson-dev libyaml-dev libsqlite3-dev libmongoc-dev"
test_packages="libcmocka-dev python3 python3-dev python3-venv python3-yaml openssl parallel sqlite3 zsh openjdk-17-jdk-headless maven"
sanitizer_packages="clang libclang-rt-dev"
