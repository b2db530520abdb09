#!/usr/bin/env bash
# Runs every check and every test, and ends with what passed and what failed. `make test` calls it
# after scripts/setup.sh has installed the tools.
#
# A failing step does not hide the ones after it, except when the page or the Rust code does not
# build. The order lets the steps share their work: clippy compiles what rustdoc reads, and nextest
# builds the program that the doc tests and the browser tests use.
set -uo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1

for programs in "$root/.tools/bin" /usr/lib/postgresql/*/bin; do
    PATH="$programs:$PATH"
done
export PATH
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-auto}
# Inherited by every process that a test starts, so that what is left over can be found.
export PW_TEST_RUN="$$-$RANDOM"
# What the browser tests serve: nextest builds it. It reads web/dist from disk.
export PW_TEST_PROGRAM="${CARGO_TARGET_DIR:-$root/target}/debug/pixelwars"

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
steps=()
failed_steps=()

# Runs one step: its output goes to the terminal and, for the counts at the end, to a file.
step() {
    local name=$1 started=$SECONDS
    shift
    printf '\n=== %s: %s\n' "$name" "$*"
    steps+=("$name")
    if "$@" 2>&1 | tee "$logs/$name"; then
        printf -- '--- %s: passed in %d s\n' "$name" $((SECONDS - started))
    else
        failed_steps+=("$name")
        printf -- '--- %s: FAILED after %d s\n' "$name" $((SECONDS - started))
        return 1
    fi
}

# Adds up the tests that the runners' own summaries speak of: nextest, vitest, the doc tests
# (one summary a crate) and Playwright (a line for each outcome). Prints "passed failed".
count_tests() {
    sed 's/\x1b\[[0-9;]*m//g' "$logs"/* | awk '
        function number_before(word,   i) {
            for (i = 2; i <= NF; i++)
                if ($i ~ "^" word "[,;:)]?$") return $(i - 1) + 0
            return 0
        }
        /^ *Summary \[.*tests? run:/ || /^test result:/ || /^ +Tests +[0-9]/ || /^ +[0-9]+ (passed|failed|flaky)/ {
            passed += number_before("passed")
            failed += number_before("failed") + number_before("timed") + number_before("flaky")
        }
        END { print passed + 0, failed + 0 }'
}

# A server that outlives the tests is a fault of the test that started it: it is named and stopped.
# shellcheck disable=SC2329 # `step` calls it by name.
stop_leftover_servers() {
    local environ pid program found=0
    for environ in /proc/[0-9]*/environ; do
        grep -qsFz "PW_TEST_RUN=$PW_TEST_RUN" "$environ" || continue
        pid=${environ#/proc/}
        pid=${pid%/environ}
        program=$(basename "$(readlink "/proc/$pid/exe")")
        case $program in
        pixelwars | nats-server | postgres | chromium | ffmpeg)
            echo "left running by a test: $program (process $pid); stopping it"
            kill "$pid"
            found=1
            ;;
        esac
    done
    return "$found"
}

finish() {
    local passed failed
    step leftovers stop_leftover_servers
    read -r passed failed < <(count_tests)
    printf '\n=== summary\n'
    grep -hE '^ *Summary \[|^ +Tests +[0-9]|^ +[0-9]+ (passed|failed|flaky)' "$logs"/*
    printf 'checks: %d passed, %d failed\n' $((${#steps[@]} - ${#failed_steps[@]})) ${#failed_steps[@]}
    if [[ ${#failed_steps[@]} -gt 0 ]]; then
        printf 'failed: %s\n' "${failed_steps[*]}"
        # A step can fail without a failed test, for example when it does not compile.
        [[ $failed -gt 0 ]] || failed=${#failed_steps[@]}
    fi
    printf '%d passed, %d failed\n' "$passed" "$failed"
    [[ ${#failed_steps[@]} -eq 0 ]]
    exit
}

step page-build make web || finish
step format cargo fmt --all --check
step page-lint npm --prefix web run lint
step page-tests npm --prefix web run test
step clippy cargo clippy --workspace --all-targets --locked -- -D warnings
step rust-tests cargo nextest run --workspace --locked --profile ci
[[ -x $PW_TEST_PROGRAM ]] || finish
step doc-tests cargo test --workspace --doc --locked
step rustdoc env RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked
step browser-tests npm --prefix web run e2e
finish
