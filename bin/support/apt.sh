# shellcheck shell=bash
# Installing from Debian's and Ubuntu's packages. Sourced by bin/setup, after env.sh.

# Ruby and its gems: from the release that has a new enough Ruby.
APT_RUBY=(ruby ruby-dev ruby-bundler ruby-rb-sys rake-compiler ruby-rails puma ruby-redis ruby-redis-client
  ruby-rspec ruby-rspec-rails ruby-capybara ruby-selenium-webdriver ruby-rails-propshaft ruby-sprockets-rails rubocop yard
  ruby-benchmark-ips ruby-memory-profiler ruby-simplecov)

# Where Debian's own release is older than this one, its Ruby is too old, and this one is put beside it.
NEWER_DEBIAN="trixie"
SOURCE_FILE="/etc/apt/sources.list.d/presence_rs-$NEWER_DEBIAN.sources"
PIN_FILE="/etc/apt/preferences.d/presence_rs-$NEWER_DEBIAN"

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

apt_usable() { have apt-get && have dpkg && { [ "$(id -u)" = 0 ] || have sudo; }; }

# Waits for another apt or dpkg instead of failing; asks nothing; pulls in nothing that was only recommended.
# What it prints is shown only where it failed.
apt_install() {
  local output
  say "  apt-get install $*"
  output="$(as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
    -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@" </dev/null 2>&1)" && return 0
  printf '%s\n' "$output" | tail -n 25 >&2
  return 1
}

# apt-get update does not wait for the lock of its lists, so this does.
apt_update() {
  local try
  for try in 1 2 3 4 5 6; do
    as_root apt-get update -qq -o DPkg::Lock::Timeout=120 </dev/null && return 0
    [ "$try" = 6 ] || sleep 5
  done
  return 1
}

# The version of a package that the distribution itself has: whatever is pinned below 500 was added beside it.
apt_version() {
  apt-cache policy "$1" 2>/dev/null | sed -n 's/^ \(\*\*\*\|   \) \([^ ]*\) \([0-9]*\)$/\3 \2/p' |
    awk '$1 >= 500 && !found { print $2; found = 1 }' | sed 's/^[0-9]*://; s/[-+~].*//'
}

# Those of the given packages that this machine's sources have at all; Bundler fetches the other gems.
apt_known() {
  local name
  for name in "$@"; do
    ! apt-cache policy "$name" 2>/dev/null | grep 'Candidate: [^(]' >/dev/null || printf '%s\n' "$name"
  done
}

newer_debian_is_a_source() { apt-cache policy 2>/dev/null | grep "n=${NEWER_DEBIAN}," >/dev/null; }

# Pinned below everything else, the added release gives nothing unless it is asked for by name.
add_newer_debian() {
  ! newer_debian_is_a_source || return 0
  say "  adding $SOURCE_FILE and $PIN_FILE (Debian $NEWER_DEBIAN at priority 100)"
  as_root tee "$SOURCE_FILE" >/dev/null <<SOURCE
Types: deb
URIs: http://deb.debian.org/debian
Suites: $NEWER_DEBIAN
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCE
  as_root tee "$PIN_FILE" >/dev/null <<PIN
Package: *
Pin: release n=$NEWER_DEBIAN
Pin-Priority: 100
PIN
  apt_update
}

# Sets SOURCE to the options that make apt take package $1 in version $2 or later, adding a release where it has to.
prepare_source() {
  local version
  SOURCE=()
  version="$(apt_version "$1")"
  [ -z "$version" ] || ! at_least "$version" "$2" || return 0
  if ! grep -x 'ID=debian' /etc/os-release >/dev/null; then
    complain "  this distribution has $1 ${version:-in no version}, and $2 or later is needed"
    return 1
  fi
  add_newer_debian || return 1
  SOURCE=(-t "$NEWER_DEBIAN")
}

apt_install_ruby() {
  local list
  prepare_source ruby "$RUBY_NEEDED" || return 1
  mapfile -t list < <(apt_known "${APT_RUBY[@]}")
  apt_install "${SOURCE[@]}" "${list[@]}"
}

# The Rust of a distribution; a machine with rustup has its own way to newer versions and components.
apt_install_rust() {
  if have rustup; then
    complain "  Rust is managed by rustup here: rustup update; rustup component add rustfmt clippy"
    return 1
  fi
  prepare_source cargo "$(cargo_key rust-version)" || return 1
  apt_install "${SOURCE[@]}" "$@"
}

# For what has to fit the libraries that Ruby has brought along: the C headers, and npm, which asks for some of them.
apt_install_beside_ruby() {
  SOURCE=()
  ! newer_debian_is_a_source || SOURCE=(-t "$NEWER_DEBIAN")
  apt_install "${SOURCE[@]}" "$@"
}

# The tests start their own servers on ports of their own: apt must not leave one running, now or after a boot.
# invoke-rc.d asks this file first; containers have one that says no already.
POLICY=/usr/sbin/policy-rc.d

without_starting_services() {
  local status=0
  [ ! -e "$POLICY" ] || { "$@"; return; }
  trap 'as_root rm -f "$POLICY"' EXIT
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$POLICY" >/dev/null && as_root chmod 755 "$POLICY"
  "$@" || status=$?
  as_root rm -f "$POLICY"
  trap - EXIT
  return "$status"
}

disable_service() {
  [ ! -d /run/systemd/system ] || as_root systemctl disable --quiet "$1" 2>/dev/null || true
}
