#!/bin/sh
# Regenerates the reports that are committed. They hold no wall-clock time, so that the same source
# gives the same bytes.
set -eu
tool=.build/release/kafkasim
out=${1:-reports}
mkdir -p "$out"
$tool compare scenarios/leader-kill-acks1.json --vary 'producers.*.config.acks=0,1,all' \
    --seeds 1..5 --format markdown >"$out/leader-kill-by-acks.md" || [ $? = 1 ]
