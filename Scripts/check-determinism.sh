#!/bin/sh
# Runs every bundled scenario in two processes, debug and release, and compares the bytes, then the
# digests with those committed beside the scenarios.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
for scenario in scenarios/*.json scenarios/*.yaml; do
    [ -e "$scenario" ] || continue
    case $scenario in *.schema.json) continue ;; esac
    name=$(basename "$scenario")
    # Exit status 1 is a verdict; what is compared here is the output.
    .build/debug/kafkasim run "$scenario" --no-db --format json >"$work/debug" || [ $? = 1 ]
    .build/release/kafkasim run "$scenario" --no-db --format json >"$work/release" || [ $? = 1 ]
    .build/release/kafkasim run "$scenario" --no-db --format json >"$work/again" || [ $? = 1 ]
    if ! cmp -s "$work/debug" "$work/release" || ! cmp -s "$work/release" "$work/again"; then
        echo "$name: two processes disagree" >&2
        status=1
        continue
    fi
    digest=$(sed -n 's/.*"digest": *"\([0-9a-f]*\)".*/\1/p' "$work/release" | head -n 1)
    echo "$digest  $name" >>"$work/digests"
done
if [ "${1:-}" = --write ]; then
    cp "$work/digests" scenarios/DIGESTS
elif ! diff -u scenarios/DIGESTS "$work/digests"; then
    echo 'the committed digests differ: if the model changed on purpose, say so under "Model changes"' >&2
    echo 'in CHANGELOG.md and run: sh Scripts/check-determinism.sh --write' >&2
    status=1
fi
[ $status = 0 ] && echo "determinism: $(wc -l <"$work/digests") scenarios agree over processes and builds"
exit $status
