#!/usr/bin/env bash
# Runs fuzz targets, each for a bounded time, and ends at the first input that breaks one. `make
# fuzz` calls it; what was found lies in fuzz/artifacts.
#
#     scripts/fuzz.sh 60                   every target, 60 seconds each
#     scripts/fuzz.sh 600 segment index    these, 10 minutes each
#
# Needs `cargo install cargo-fuzz` and zstd. No nightly compiler: without a sanitizer the stable one
# does, and the memory is safe without one, as no code of ours is unsafe.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

seconds=${1:?how many seconds each target gets}
shift
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    mapfile -t targets < <(cargo fuzz list)
fi

# Longer inputs find nothing that shorter ones do not, and are slow.
max_bytes=65536
# A decoder that takes longer for one input is at fault: the longest lawful one takes a tenth.
timeout_seconds=10
# The largest canvas is 64 MiB, and a check holds a few of them.
memory_mb=2048

scripts/fuzz-seeds.py fuzz/corpus
for target in "${targets[@]}"; do
    echo "== $target: $seconds s"
    features=()
    if [ "$target" = import_line ]; then
        features=(--features import)
    fi
    cargo fuzz run -s none "${features[@]}" "$target" -- -max_total_time="$seconds" \
        -max_len="$max_bytes" -timeout="$timeout_seconds" -rss_limit_mb="$memory_mb" \
        -print_final_stats=1
done
