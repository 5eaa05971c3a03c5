#!/usr/bin/env bash
# Installs what is missing, through apt on Debian and its kin; says what is needed elsewhere.
# Usage: setup.sh build|test|bench ...
set -euo pipefail

packages=()
missing=()

# need COMMAND PACKAGE WHAT: the command, else the package that brings it.
need() {
    command -v "$1" >/dev/null 2>&1 && return
    packages+=("$2")
    missing+=("$3")
}

# libclang-cpp, which LLVM itself brings, is another library.
need_libclang() {
    local folder name
    for folder in '/usr/lib/llvm-*/lib' '/usr/lib/*' /usr/lib64 /usr/local/lib; do
        for name in 'libclang.so*' 'libclang-[0-9]*.so*'; do
            compgen -G "$folder/$name" >/dev/null && return
        done
    done
    [ -n "${LIBCLANG_PATH:-}" ] && return
    packages+=(libclang-dev)
    missing+=("libclang (headers of the solver are read with it)")
}

need_postgres() {
    compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null && return
    packages+=(postgresql)
    missing+=("PostgreSQL's server binaries")
}

for part in "$@"; do
    case "$part" in
    build)
        need cc build-essential "a C compiler"
        need c++ build-essential "a C++ compiler"
        need cmake cmake "cmake (the solver HiGHS is built with it)"
        need_libclang
        ;;
    test)
        need_postgres
        need chromium chromium "Chromium"
        ;;
    bench)
        need wrk wrk "wrk (load generator)"
        need hey hey "hey (load generator with a rate)"
        ;;
    *)
        echo "setup.sh: unknown part $part" >&2
        exit 2
        ;;
    esac
done

for tool in cargo node npm; do
    if ! command -v "$tool" >/dev/null 2>&1; then
        echo "This needs $tool: install Rust 1.95 (rustup) and Node 20 or newer with npm." >&2
        exit 1
    fi
done

if [ ${#packages[@]} -gt 0 ]; then
    printf 'missing: %s\n' "${missing[@]}"
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "Install the above with this system's package manager, then run the command again." >&2
        exit 1
    fi
    sudo=()
    [ "$(id -u)" -eq 0 ] || sudo=(sudo)
    "${sudo[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
    echo "installed: ${packages[*]}"
fi

if [[ " $* " == *" test "* ]] && ! command -v cargo-nextest >/dev/null 2>&1; then
    echo "installing the test runner cargo-nextest (once, some minutes)"
    cargo install --locked --quiet cargo-nextest
fi
