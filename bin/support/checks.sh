# shellcheck shell=bash
# One function for each thing that presence_rs is built or tested with. Each is silent and true when the
# thing is there. Sourced by bin/setup, after env.sh.

RUBY_NEEDED="3.2"
NODE_NEEDED="18"

ruby_version() { ruby -e 'print RUBY_VERSION' 2>/dev/null; }

# Ruby, its C headers and Bundler, in one start of the interpreter.
has_ruby() {
  have ruby && ruby -rrbconfig -e '
    exit 1 if Gem::Version.new(RUBY_VERSION) < Gem::Version.new(ARGV[0])
    exit 1 unless File.exist?(File.join(RbConfig::CONFIG["rubyhdrdir"], "ruby.h"))
    exit 1 if Gem::Specification.find_all_by_name("bundler").empty?
  ' "$RUBY_NEEDED" >/dev/null 2>&1
}

has_c_compiler() { { have cc || have gcc || have clang; } && { have make || have gmake; }; }

has_cargo() {
  have cargo || return 1
  local version
  version="$(cargo --version 2>/dev/null | cut -d ' ' -f 2)"
  [ -n "$version" ] && at_least "$version" "$(cargo_key rust-version)"
}

has_rust_linters() { cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1; }

# bindgen reads Ruby's headers with libclang; these are the places where it looks for it.
has_libclang() {
  [ "$(uname -s)" = Darwin ] && return 0
  [ -n "${LIBCLANG_PATH:-}" ] && return 0
  { ldconfig -p || /sbin/ldconfig -p; } 2>/dev/null | grep 'libclang[-.0-9]*\.so' >/dev/null && return 0
  # Not libclang-cpp.so, which comes with the compiler and is another library.
  compgen -G '/usr/lib/llvm*/lib*/libclang[.-][!c]*' >/dev/null || compgen -G '/usr/lib*/libclang[.-][!c]*' >/dev/null
}

has_gems() { bundle check >/dev/null 2>&1; }

has_node() {
  have node && have npm && at_least "$(node --version 2>/dev/null | tr -d v)" "$NODE_NEEDED"
}

# bin/setup leaves this mark behind npm's work; older than the lists, it means that they changed since.
NODE_STAMP="node_modules/.installed-by-setup"

has_node_modules() {
  [ -f package.json ] || return 0
  [ -f "$NODE_STAMP" ] && [ ! package.json -nt "$NODE_STAMP" ] && [ ! package-lock.json -nt "$NODE_STAMP" ]
}

has_browser() { { have chromium || have chromium-browser || have google-chrome; } && have chromedriver; }

has_redis() { have redis-server; }
has_valkey() { have valkey-server; }
