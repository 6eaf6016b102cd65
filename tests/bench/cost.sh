#!/usr/bin/env bash
# tests/bench/cost.sh BUILD [CHECK...]: what a frame costs, told without a clock: system calls (strace), calls of the
# pool and of the I/O manager, instructions (callgrind). Each is counted in a run of N operations and in one of 2N, so
# that start and end fall out. Follows the runner's conventions: a line per check, WEIR_TEST_RESULTS, exit code 1 when
# one fails; SKIP lines must be in tests/declared-skips.
# tests/bench/cost.sh BUILD --write: write what this build needs into bench/instructions.json.
set -uo pipefail
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
build=${1:?usage: cost.sh BUILD [--write | CHECK...]}
shift
program=$build/bench/bench-weir
record=bench/instructions.json
key=$(cat "$build/bench/compiler") || exit 2
slack_percent=10

# Row and N; "filter" is a sixteenth of the difference of two circuits.
rows=("one-thread/pool 40000" "one-thread/vendor 20000" "circuit-0/circuit 4000" "filter 1000")

skip() { printf '%s\n' "$1" >"$scratch/skip"; }

# calls_made ROW OPERATIONS: lines "NAME COUNT", one a system call.
calls_made() {
    strace -f -c -o "$scratch/strace" "$program" "$1" "$2" >"$scratch/log" 2>&1 || { cat "$scratch/log"; return 1; }
    awk '$1 ~ /^[0-9.]+$/ && $NF != "total" { print $NF, $4 }' "$scratch/strace"
}

# A call per frame would make a difference of N; one in a hundred is for threads that wake up or do not.
a_circuit_makes_no_system_call_per_frame() {
    local operations=20000
    command -v strace >/dev/null || { skip "strace is not here"; return; }
    calls_made circuit-4/circuit $operations >"$scratch/once" || { cat "$scratch/once"; return; }
    calls_made circuit-4/circuit $((2 * operations)) >"$scratch/twice" || { cat "$scratch/twice"; return; }
    [ -s "$scratch/once" ] || echo "strace counted nothing"
    awk -v most=$((operations / 100)) '
        NR == FNR { once[$1] = $2; next }
        $2 - once[$1] > most { print $1 ": " once[$1] + 0 " calls become " $2 " with twice as many frames" }' \
        "$scratch/once" "$scratch/twice"
}

# profile ROW OPERATIONS FILE
profile() {
    valgrind --tool=callgrind --callgrind-out-file="$3" "$program" "$1" "$2" >"$scratch/log" 2>&1 && [ -s "$3" ] &&
        return
    echo "callgrind of $1: $(tail -n 3 "$scratch/log")"
    return 1
}

# called FILE: lines "FUNCTION CALLS" of what makes memory, sends requests or asks the host.
called() {
    awk '
        function name_of(text, id) {
            id = text; sub(/^[a-z]+=/, "", id); sub(/\).*/, ")", id)
            if (text ~ /\) /) { sub(/^[^)]*\) /, "", text); sub(/\x27[0-9]+$/, "", text); names[id] = text }
            return id
        }
        /^fn=/ { name_of($0) }
        /^cfn=/ { to = name_of($0) }
        /^calls=/ { split($1, part, "="); calls[to] += part[2] }
        END {
            for (id in calls)
                if (names[id] ~ /^(ExAllocatePool.*|ex_pool_allocate|m?alloc|calloc|realloc|mmap|IoAllocate(Irp|Mdl)|IofCallDriver|IoBuild.*|ExQueueWorkItem|host_pages_map|host_context_create)$/)
                    total[names[id]] += calls[id]
            for (name in total) print name, total[name]
        }' "$1"
}

a_circuit_allocates_nothing_and_sends_nothing_per_frame() {
    local operations=1000
    command -v valgrind >/dev/null || { skip "valgrind is not here"; return; }
    profile circuit-4/circuit $operations "$scratch/a" || return
    profile circuit-4/circuit $((2 * operations)) "$scratch/b" || return
    called "$scratch/a" >"$scratch/once"
    called "$scratch/b" >"$scratch/twice"
    grep -q '^IofCallDriver ' "$scratch/once" || echo "not even IofCallDriver was counted: does the profile have names?"
    awk -v most=$((operations / 100)) '
        NR == FNR { once[$1] = $2; next }
        $2 - once[$1] > most { print $1 ": " once[$1] + 0 " calls become " $2 " with twice as many frames" }' \
        "$scratch/once" "$scratch/twice"
}

# total ROW OPERATIONS: instructions of a whole run.
total() {
    profile "$1" "$2" "$scratch/profile" >&2 && awk '/^(summary|totals):/ { print $2; exit }' "$scratch/profile"
}

# instructions ROW N: of one operation.
instructions() {
    local once twice more
    if [ "$1" = filter ]; then
        once=$(instructions circuit-0/circuit "$2") && more=$(instructions circuit-16/circuit "$2") &&
            echo $(((more - once) / 16))
        return
    fi
    once=$(total "$1" "$2") && twice=$(total "$1" $((2 * $2))) && echo $(((twice - once) / $2))
}

# recorded ROW: what the file says of this key and row, or nothing.
recorded() {
    awk -v key="\"$key\":" -v row="\"$1\":" '
        index($0, key) { inside = 1 }
        inside && index($0, row) { sub(/.*: */, ""); sub(/,.*/, ""); print; exit }
        inside && /}/ { exit }' "$record" 2>/dev/null
}

instructions_are_no_more_than_recorded() {
    local row operations before now
    command -v valgrind >/dev/null || { skip "valgrind is not here"; return; }
    [ -n "$(recorded filter)" ] || { skip "nothing is recorded for '$key'"; return; }
    for row in "${rows[@]}"; do
        operations=${row##* } row=${row%% *}
        before=$(recorded "$row")
        now=$(instructions "$row" "$operations" 2>>"$scratch/faults") || { cat "$scratch/faults"; return; }
        printf '%s: %s instructions an operation, %s recorded\n' "$row" "$now" "${before:-none}" >>"$scratch/notes"
        [ -n "$before" ] || { echo "$row: not in $record; write it with --write"; continue; }
        [ $((now * 100)) -le $((before * (100 + slack_percent))) ] ||
            echo "$row: $now instructions an operation, $before are recorded in $record for '$key'"
    done
}

# The file has one entry a compiler and build type, each a line a row; the others' entries stay.
record_write() {
    local row operations now entry
    entry="  \"$key\": {"
    for row in "${rows[@]}"; do
        operations=${row##* } row=${row%% *}
        now=$(instructions "$row" "$operations") || exit 1
        entry+=$'\n'"    \"$row\": $now,"
        printf '%s: %s\n' "$row" "$now"
    done
    entry=${entry%,}$'\n'"  }"
    { cat "$record" 2>/dev/null || true; } | awk -v key="\"$key\":" -v entry="$entry" '
        /^  "/ { count++; skipping = index($0, key) }
        /^  "/, /^  }/ {
            if (skipping) next
            sub(/^  },/, "  }")
            text[count] = text[count] (text[count] ? "\n" : "") $0
        }
        END {
            print "{"
            for (i = 1; i <= count; i++) if (text[i]) print text[i] ","
            print entry "\n}"
        }' >"$scratch/record" && cp "$scratch/record" "$record"
}

checks=(a_circuit_makes_no_system_call_per_frame a_circuit_allocates_nothing_and_sends_nothing_per_frame
    instructions_are_no_more_than_recorded)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
if [ "${1:-}" = --write ]; then
    record_write
    exit
fi
[ $# -gt 0 ] && checks=("$@")

failed=0 skipped=0
for check in "${checks[@]}"; do
    rm -f "$scratch/skip" "$scratch/notes"
    "$check" >"$scratch/out" 2>&1
    word=PASS
    [ ! -f "$scratch/skip" ] || { word=SKIP; skipped=$((skipped + 1)); }
    [ ! -s "$scratch/out" ] || { word=FAIL; failed=$((failed + 1)); }
    printf '%-4s cost.%s\n' "${word/PASS/ok}" "$check"
    for notes in skip notes out; do [ ! -f "$scratch/$notes" ] || sed 's/^/       /' "$scratch/$notes"; done
    [ -z "${WEIR_TEST_RESULTS:-}" ] || printf '%s cost.%s\n' $word "$check" >>"$WEIR_TEST_RESULTS"
done
printf 'cost: %s passed, %s failed, %s skipped\n' $((${#checks[@]} - failed - skipped)) $failed $skipped
[ $failed -eq 0 ]
