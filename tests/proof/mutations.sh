#!/usr/bin/env bash
# Does the proof notice? Plant each mutation of tests/proof/mutations in the class driver, one at a time, and play scenes.
#   tests/proof/mutations.sh BUILD PROGRAM [NAME...]
# PROGRAM is the proof as BUILD links it (tests/proof-full). Nothing in the tree or in BUILD is changed: the mutated source is
# compiled with BUILD's own command line, and the program, unchanged otherwise, is linked again in a scratch folder.
# A mutation is caught when the rule that most scenes then break is the one that the table names. Its scene is then shrunk, printed as C, compiled, seen
# to fail again by the same rule, and seen to pass without the mutation. The control, without any, breaks nothing.
# Exit code: 0 all caught; 1 not; 2 could not be run.
set -uo pipefail
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
mutate_functions=1
# shellcheck source=tools/mutate
. "$here/../../tools/mutate"

control=2000 scenes=20000 broken=12 seconds=150

# commands_of PROGRAM: source, object and command of each object that PROGRAM is linked from.
commands_of() {
    awk -F'\t' 'NR == FNR { line = line $0; next } index(line, " " $2 " ")' "$work/link/$1" "$work/commands"
}

# linked FOLDER PROGRAM OBJECT NEW [OBJECT NEW]: link PROGRAM as FOLDER/PROGRAM, with other objects.
linked() {
    local folder=$1 program=$2 line
    line=$(<"$work/link/$program")
    shift 2
    while [ $# -gt 1 ]; do
        [[ $line == *" $1 "* ]] || return 1
        line=${line/ $1 / $2 }
        shift 2
    done
    line=$(sed -E "s| -o [^ ]+| -o $folder/$program|" <<<"$line")
    (cd "$build" && eval "$line") >"$folder/link.log" 2>&1
}

# planted FILE OLD NEW INTO: FILE with the words changed, on the one line that has them.
planted() {
    local line
    line=$(old=$2 awk 'index($0, ENVIRON["old"]) { print NR }' "$1")
    [[ $line =~ ^[0-9]+$ ]] || return 1
    old=$2 new=$3 awk -v line="$line" 'NR == line { at = index($0, ENVIRON["old"])
        print substr($0, 1, at - 1) ENVIRON["new"] substr($0, at + length(ENVIRON["old"])); next } { print }' "$1" >"$4"
}

# again FOLDER PROGRAM RULE OBJECT NEW: the printed scene, compiled, breaks RULE with the mutation and none without.
again() {
    local folder=$1 program=$2 rule=$3 main command
    IFS=$'\t' read -r _ main command < <(commands_of "$program" | grep -F "$here/proof.c	")
    compile "$command" "$here/proof.c" "$folder/scene.c" "$folder/scene.o" "-I$here" || return 1
    linked "$folder" "$program" "$main" "$folder/scene.o" "$4" "$5" || return 1
    timeout 60 "$folder/$program" >"$folder/again.log" 2>&1
    grep -q "rule $rule is broken" "$folder/again.log" || return 1
    linked "$folder" "$program" "$main" "$folder/scene.o" || return 1
    timeout 60 "$folder/$program" >"$folder/without.log" 2>&1
}

# caught NAME RULE FILE OLD NEW: one line of the table; says how it went.
caught() {
    local name=$1 rule=$2 file=$3 folder=$work/$1 object command source=$root/$3 steps verdict
    mkdir -p "$folder"
    if ! planted "$source" "$4" "$5" "$folder/${file##*/}"; then
        printf 'no anchor  %s: "%s" is not on one line of %s\n' "$name" "$4" "$file"
        return 1
    fi
    IFS=$'\t' read -r _ object command < <(commands_of "$program" | grep -F "$source	")
    if ! compile "$command" "$source" "$folder/${file##*/}" "$folder/mutant.o" ||
        ! linked "$folder" "$program" "$object" "$folder/mutant.o"; then
        printf 'not built  %s\n' "$name"
        return 1
    fi
    (cd "$folder" && ulimit -c 0 && timeout "$seconds" "./$program" --scenes "$scenes" --jobs 1 --broken "$broken" --out "$folder") \
        >"$folder/log" 2>&1
    verdict=$(sed -nE 's/.*: rule ([a-z-]+) is broken.*/\1/p' "$folder/log" | head -n 1)
    if [ "$verdict" != "$rule" ]; then
        printf 'MISSED     %s: rule %s should break, %s did\n' "$name" "$rule" "${verdict:-none}"
        return 1
    fi
    steps=$(sed -nE 's/^proof: shrunk to ([0-9]+) steps.*/\1/p' "$folder/log")
    if ! again "$folder" "$program" "$rule" "$object" "$folder/mutant.o"; then
        printf 'NO SCENE   %s: the printed scene does not fail again, or fails without the mutation\n' "$name"
        return 1
    fi
    printf 'caught     %-28s by %s, %s, and again by a scene of %s steps\n' "$name" "$rule" \
        "$(sed -nE 's/^proof: (seed [0-9]+), step.*/\1/p' "$folder/log" | head -n 1)" "$steps"
}

build=${1-} program=${2-}
if [ ! -d "$build" ] || [ -z "$program" ]; then
    fail "usage: tests/proof/mutations.sh BUILD PROGRAM [NAME...]"
fi
build=$(cd "$build" && pwd)
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' INT TERM
mkdir -p "$work/link"
read_commands
ninja -C "$build" -t commands -s "tests/$program" | grep -v '^ninja:' >"$work/link/$program"
[ -s "$work/link/$program" ] || fail "$build does not link tests/$program"
if ! (ulimit -c 0; "$build/tests/$program" --scenes "$control" --jobs 1) >"$work/control" 2>&1; then
    tail -n 40 "$work/control"
    fail "the control, without a mutation, breaks a rule"
fi
printf 'control    %s\n' "$(tail -n 1 "$work/control")"
bad=0 count=0
while IFS=$'\t' read -r name rule file old new <&3; do
    case $name in '' | '#'*) continue ;; esac
    [ $# = 0 ] || [[ " $* " == *" $name "* ]] || continue
    count=$((count + 1))
    caught "$name" "$rule" "$file" "$old" "$new" || bad=$((bad + 1))
done 3<"$here/mutations"
printf 'mutations %s, caught %s\n' "$count" "$((count - bad))"
[ "$count" -gt 0 ] && [ "$bad" = 0 ]
