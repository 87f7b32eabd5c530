# shellcheck shell=bash
# What bin/setup, bin/test, bin/demo and the other scripts here have in common. Sourced, never run.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)"
cd "$ROOT" || exit 1

# A contributor's Bundler settings for another project must not decide where this one looks for its gems:
# a path or the deployment mode hides those of the system, and a "without" hides whole groups.
unset BUNDLE_PATH BUNDLE_DEPLOYMENT BUNDLE_FROZEN BUNDLE_WITHOUT BUNDLE_ONLY RUBYOPT
export BUNDLE_GEMFILE="$ROOT/Gemfile"
export BUNDLE_SILENCE_ROOT_WARNING=1

# Without a locale Ruby takes every file for ASCII; ours are UTF-8.
[ "$(locale charmap 2>/dev/null)" = UTF-8 ] || export LC_ALL=C.UTF-8

# rustup puts cargo where only a login shell looks.
if ! command -v cargo >/dev/null && [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ]; then
  PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
  export PATH
fi

say() { printf '%s\n' "$*"; }
complain() { printf '%s\n' "$*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }

# True when version $1 is at least version $2.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | sed -n 1p)" = "$2" ]; }

# The value of a key of the root Cargo.toml, such as rust-version.
cargo_key() { sed -n "s/^$1 *= *\"\(.*\)\"/\1/p" "$ROOT/Cargo.toml" | sed -n 1p; }
