#!/usr/bin/env bash
# tests/tidy/tidy.sh BUILD [CHECK...]: the rules of docs/design that a machine can hold. Follows the runner's
# conventions: a line per check, WEIR_TEST_RESULTS, exit code 1 when one fails. Each check prints what breaks it.
# shellcheck disable=SC2016 # awk programs
set -uo pipefail
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
build=${1:?usage: tidy.sh BUILD [CHECK...]}
shift

# Our own files: what git would keep, but not what it ignores.
files() {
    if git rev-parse --git-dir >/dev/null 2>&1; then
        git ls-files --cached --others --exclude-standard -- "$@"
    else
        local pattern
        for pattern in "$@"; do find . -path ./build -prune -o -path "./$pattern" -print; done | sed 's|^\./||'
    fi | while read -r file; do [ -f "$file" ] && echo "$file"; done | sort -u
}

sources() { files 'src/*.[chS]' 'drivers/*.[ch]' 'drivers/*.cpp' 'tests/*.[ch]' 'tests/*.cpp' 'examples/*.[ch]' 'bench/*.[ch]'; }

objects() { find "$build/src/$1" -name '*.o' 2>/dev/null; }

# Only src/host may call the process: no thread, clock, memory map, chance or file elsewhere. What a room needs from
# outside weir must be listed here. The client's side of the machine may use the C library's heap and formatter; nt, ks
# and bus have the pool and our own formatter.
only_the_host_calls_the_process() {
    local room object heap
    local compiler='_GLOBAL_OFFSET_TABLE_|__tls_get_addr|__(asan|ubsan|tsan|sanitizer|gcov|llvm|sancov)_.*|__u?(div|mod)ti3'
    local pure='mem(cpy|set|move|cmp|chr)|str(len|nlen|cmp|ncmp|cpy|ncpy|cat|chr|rchr|str|spn|cspn|casecmp|ncasecmp)'
    find "$build/src" -name '*.o' -print0 | xargs -0 -r nm -P -g --defined-only 2>/dev/null |
        awk 'NF >= 3 { print $1 }' | sort -u >"$scratch/ours"
    for room in nt ks graph bus watch machine; do
        heap=never
        case $room in graph | machine | watch) heap='malloc|calloc|realloc|free|v?snprintf|(__isoc99_)?sscanf|strto.*' ;; esac
        objects $room | while read -r object; do
            nm -u -P "$object" | awk '{ print $1 }' | sort -u | comm -23 - "$scratch/ours" |
                grep -vxE "$compiler|$pure|$heap" | sed "s|^|$room/$(basename "$object"): |"
        done
    done
}

# ks: include/wdk, src/watch and its own headers; graph: include/wdk, include/weir and its own; tool: none of ks or nt.
includes_follow_the_arrows() {
    local file
    files 'src/ks/*.[ch]' | xargs -r grep -HnE '#[ \t]*include[ \t]*"(\.\./)?(nt|host|machine|bus|graph|tool)/'
    files 'src/graph/*.[ch]' | xargs -r grep -HnE '#[ \t]*include[ \t]*"(\.\./)?(ks|nt|host|machine|bus|tool)/' |
        grep -v '"machine/machine.h"' # errors, guard and links: no insides of nt or ks
    files 'src/tool/*.[ch]' | xargs -r grep -HnE '#[ \t]*include[ \t]*["<](\.\./)?(ks|nt|host|machine|bus)/'
    files 'src/nt/*.[ch]' | xargs -r grep -HnE '#[ \t]*include[ \t]*"(\.\./)?(ks|graph|machine|tool)/'
    files 'src/host/*.[ch]' 'src/watch/*.[ch]' |
        xargs -r grep -HnE '#[ \t]*include[ \t]*["<](\.\./)?((ks|nt|graph|machine|bus|tool)/|(ntifs|ntddk|wdm|ks|ksmedia)\.h)'
    files 'drivers/*.[ch]' 'drivers/*.cpp' | grep -v '/hw\.' |
        xargs -r grep -HnE '#[ \t]*include[ \t]*"?(src|host|nt|ks|graph|machine|bus|tool)/'
}

# A file includes include/wdk headers or POSIX headers, never both.
worlds_are_not_mixed() {
    local file
    sources | while read -r file; do
        if grep -qE '^[ \t]*#[ \t]*include[ \t]*<(wdm|ntddk|ntifs|ks|ksmedia)\.h>' "$file" &&
            grep -qE '^[ \t]*#[ \t]*include[ \t]*<(pthread|unistd|sys/[a-z]+|fcntl|signal|time|dlfcn|errno|poll)\.h>' "$file"; then
            echo "$file: includes include/wdk and POSIX"
        fi
    done
}

# Each exported DDI is documented at its definition: a /** block with @irql and @source right above it.
exported_ddis_are_documented() {
    awk '!/^#/ && $1 !~ /^weir_/ && $3 == "function" { print $1 }' src/exports.list >"$scratch/names"
    files 'src/nt/*.c' 'src/ks/*.c' 'src/bus/*.c' | xargs -r awk -v names="$scratch/names" '
        BEGIN { while ((getline name < names) > 0) wanted[name] = 1 }
        FNR == 1 { block = ""; good = 0 }
        /^\/\*\*/ { block = ""; inside = 1 }
        inside { block = block $0; if (/\*\//) { inside = 0; good = block ~ /@irql/ && block ~ /@source/ } next }
        /^[A-Za-z_].*\(/ {
            if (match($0, /_?[A-Z][A-Za-z0-9_]*[ ]*\(/)) {
                split(substr($0, 1), part, "(")
                count = split(part[1], word, /[ *]+/)
                name = word[count]
                if (name in wanted && $0 !~ /;[ \t]*$/ && !(name in seen)) {
                    seen[name] = 1
                    if (!good) print FILENAME ":" FNR ": " name " lacks a /** block with @irql and @source"
                }
            }
        }
        /^}/ { good = 0 }
        END { for (name in wanted) if (!(name in seen)) print "definition not found where it could be documented: " name }'
}

# A function of include/weir that is more than an accessor of one line has a comment above it.
public_functions_are_documented() {
    files 'include/weir/*.h' | xargs -r awk '
        FNR == 1 { above = 0 }
        /^WEIR_API/ && !above && !/;[ \t]*(\/\*.*)?$/ { print FILENAME ":" FNR ": undocumented: " $0 }
        { above = /\*\/[ \t]*$/ || /^WEIR_API/ }'
}

files_stay_under_800_lines() {
    files 'src/*' 'drivers/*' 'tests/*' 'examples/*' 'tools/*' 'include/weir/*' | while read -r file; do
        case $file in
        *.[chS] | *.cpp | *.sh | *.py | *.cmake)
            lines=$(wc -l <"$file")
            [ "$lines" -lt 800 ] || echo "$file: $lines lines"
            ;;
        esac
    done
}

nobody_uses_the_compilers_wide_type() {
    sources | grep -vE '^(tests/(tidy|ddi|drivers|tool)|drivers)/' | xargs -r grep -HnwE 'wchar''_t' |
        grep -vE ':[ \t]*(/?\*|//)|/\*.*wchar''_t'
}

no_path_of_a_machine() {
    files '*' | grep -vE '^tests/tidy/' | xargs -r grep -HnIE '(^|[^A-Za-z0-9_./-])/(work|home|root|Users)/[A-Za-z]' |
        grep -vE 'HOME=/root'
}

text_ends_lines_plainly() {
    files '*' | grep -vE '\.(png|y4m|wav|bin)$' | grep -vE '^tests/(fuzz|tool|compat/drivers/traps)/' | while read -r file; do
        grep -lIP '\r$' "$file" | sed 's/$/: has CR line ends/'
        [ ! -s "$file" ] || [ -z "$(tail -c 1 "$file")" ] || echo "$file: no newline at the end"
    done
}

exports_are_all_defined() { tools/exports "$build" --check; }

# The traps keep the line ends and the layout that they test.
ours_is_formatted() {
    local tool
    tool=$(command -v clang-format-19) || { echo "clang-format-19 is missing"; return; }
    sources | grep -vE '\.S$|^tests/compat/drivers/traps/' | xargs -r "$tool" --dry-run --Werror 2>&1 |
        grep -oE '^[^ :]+:[0-9]+:[0-9]+: error:' | cut -d: -f1 | sort | uniq -c
}

scripts_pass_shellcheck() {
    { files 'tools/*' 'tests/*.sh'; echo demo; echo check; echo .ci/run; } | while read -r file; do
        head -n 1 "$file" | grep -qE 'bash|shellcheck shell' && echo "$file"
    done | xargs -r shellcheck -x -f gcc
}

manuals_are_well_formed() {
    files 'docs/man/*' | xargs -r mandoc -T lint -W warning 2>&1 | head -n 40
}

checks=(only_the_host_calls_the_process includes_follow_the_arrows worlds_are_not_mixed
    exported_ddis_are_documented public_functions_are_documented files_stay_under_800_lines
    nobody_uses_the_compilers_wide_type no_path_of_a_machine text_ends_lines_plainly exports_are_all_defined
    ours_is_formatted scripts_pass_shellcheck manuals_are_well_formed)
[ $# -gt 0 ] && checks=("$@")

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0
for check in "${checks[@]}"; do
    "$check" >"$scratch/out" 2>&1
    word=PASS
    [ ! -s "$scratch/out" ] || { word=FAIL; failed=$((failed + 1)); }
    printf '%-4s tidy.%s\n' "$([ $word = PASS ] && echo ok || echo FAIL)" "$check"
    sed 's/^/       /' "$scratch/out"
    [ -z "${WEIR_TEST_RESULTS:-}" ] || printf '%s tidy.%s\n' $word "$check" >>"$WEIR_TEST_RESULTS"
done
printf 'tidy: %s passed, %s failed, 0 skipped\n' $((${#checks[@]} - failed)) $failed
[ $failed -eq 0 ]
