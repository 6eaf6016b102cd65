#!/bin/sh
# Compare include/wdk with mingw-w64's headers for Win64, number by number.
# usage: compare.sh LIST.def "ORACLE HEADERS" "OUR HEADERS" [oracle flags...]
#   e.g. compare.sh base.def "ddk/ntifs.h" "ntifs.h"
# Environment: WDK_INCLUDE (default: this tree's include/wdk), CC (native compiler, default gcc).
# Exit: 0 equal, 1 different, 77 when the oracle is not installed.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
list=$1
oracle_headers=$2
our_headers=$3
shift 3
include=${WDK_INCLUDE:-$here/../../../include/wdk}
cc=${CC:-gcc}
clang=${ORACLE_CLANG:-clang-19}
oracle=${ORACLE_INCLUDE:-/usr/share/mingw-w64/include}

command -v "$clang" >/dev/null 2>&1 || { echo "SKIP: $clang is missing, layouts are not compared"; exit 77; }
[ -d "$oracle/ddk" ] || { echo "SKIP: mingw-w64-common is missing, layouts are not compared"; exit 77; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ -f "$list" ] || list=$here/$list
for side in oracle our; do
    if [ $side = oracle ]; then headers=$oracle_headers; else headers=$our_headers; fi
    for header in $headers; do
        echo "#include <$header>"
    done >"$work/$side.h"
done

"$clang" --target=x86_64-w64-windows-gnu -nostdlibinc -isystem "$oracle" -isystem "$oracle/ddk" \
    -std=gnu11 -fms-extensions -mms-bitfields -w -D_WIN64 -D_AMD64_ -DNTDDI_VERSION=0x0A000000 \
    -D_WIN32_WINNT=0x0A00 "$@" -DLAYOUT_HEADERS="\"$work/oracle.h\"" -DLAYOUT_LIST="\"$list\"" \
    -c "$here/layout.c" -o "$work/oracle.o"
"$cc" -std=gnu11 -fms-extensions -mms-bitfields -fshort-wchar -w -I"$include" \
    -DLAYOUT_HEADERS="\"$work/our.h\"" -DLAYOUT_LIST="\"$list\"" \
    -c "$here/layout.c" -o "$work/our.o"

# Records are fixed text in the objects: names and values come out in order.
records() {
    tr '\0' '\n' <"$1" | grep -a -E '^(L=|V=[0-9a-f]{16}$)' | paste -d' ' - - |
        sed -n 's/^L=\([^ ]*\) V=\([0-9a-f]*\)$/\1 \2/p' | sort -u
}
records "$work/oracle.o" >"$work/oracle.txt"
records "$work/our.o" >"$work/our.txt"

lines=$(grep '^LAYOUT_' "$list" | sort -u | sed 's/^LAYOUT_GUID.*/&\n&/' | wc -l)
ours=$(wc -l <"$work/our.txt")
if [ "$ours" -ne "$lines" ]; then
    echo "compare.sh: $ours records read back from $lines lines"
    exit 1
fi
if diff -u "$work/oracle.txt" "$work/our.txt" >"$work/diff.txt"; then
    echo "$ours numbers agree ($list)"
    exit 0
fi
echo "Layouts or values differ (-: mingw-w64 for Win64, +: include/wdk):"
grep -E '^[-+][a-z]' "$work/diff.txt"
exit 1
