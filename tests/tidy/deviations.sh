#!/usr/bin/env bash
# tests/tidy/deviations.sh: docs/deviations.md names every file that has an "Undocumented:" or "Deviation:" comment, and
# no other. Follows the runner's conventions, as tidy.sh does: a line per check, WEIR_TEST_RESULTS, exit code.
set -uo pipefail
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
page=docs/deviations.md
marker='(Undocumented|Deviation)[:)]'

files_with_a_choice_are_listed() {
    grep -rlE "$marker" src include --include='*.[chS]' | while read -r file; do
        grep -qF "\`$file\`" "$page" || { echo "$page does not name $file:"; grep -nE "$marker" "$file"; }
    done
}

listed_files_have_a_choice() {
    # shellcheck disable=SC2016 # the quotes of the page
    grep -oE '`(src|include)/[^`]*`' "$page" | tr -d '`' | sort -u | while read -r file; do
        if [ ! -f "$file" ]; then
            echo "$page names $file, which is not there"
        elif ! grep -qE "$marker" "$file"; then
            echo "$page names $file, which has no such comment"
        fi
    done
}

failed=0
for check in files_with_a_choice_are_listed listed_files_have_a_choice; do
    out=$("$check")
    word=PASS
    [ -z "$out" ] || { word=FAIL; failed=$((failed + 1)); }
    printf '%-4s deviations.%s\n' "$([ $word = PASS ] && echo ok || echo FAIL)" "$check"
    [ -z "$out" ] || printf '%s\n' "$out" | sed 's/^/       /'
    [ -z "${WEIR_TEST_RESULTS:-}" ] || printf '%s deviations.%s\n' $word "$check" >>"$WEIR_TEST_RESULTS"
done
printf 'deviations: %s passed, %s failed, 0 skipped\n' $((2 - failed)) $failed
[ $failed -eq 0 ]
