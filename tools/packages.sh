# shellcheck shell=bash disable=SC2034
# Debian packages by purpose; sourced by ./demo, ./check and tools/fresh.
# need PURPOSE...: install what is not there yet, with apt-get, as root or through sudo.

packages_build="gcc g++ cmake ninja-build pkgconf libxml2-dev libjansson-dev libpng-dev zlib1g-dev libdw-dev"
packages_check="clang-19 libclang-rt-19-dev llvm-19 clang-format-19 libcmocka-dev gdb libc6-dbg mingw-w64-common mandoc git
  shellcheck strace valgrind"
# Peers of `weir bench`: measured where they are; nothing else wants them.
packages_bench="libgstreamer1.0-dev libavfilter-dev libavutil-dev"

need() {
    local purpose package names missing=() as=()
    for purpose in "$@"; do
        names=packages_$purpose
        for package in ${!names}; do
            dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
        done
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if ! command -v apt-get >/dev/null; then
        printf '%s: these Debian packages are needed, and there is no apt-get here: %s\n' "$0" "${missing[*]}" >&2
        exit 1
    fi
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            printf '%s: neither root nor sudo; as root, run: apt-get install --no-install-recommends %s\n' \
                "$0" "${missing[*]}" >&2
            exit 1
        fi
        as=(sudo)
    fi
    printf '%s: installing %s\n' "$0" "${missing[*]}" >&2
    if ! { "${as[@]}" apt-get update -q &&
        "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"; } >&2; then
        printf '%s: apt-get failed; needed are: %s\n' "$0" "${missing[*]}" >&2
        exit 1
    fi
}
