# frozen_string_literal: true

require_relative "lib/presence_rs/version"

Gem::Specification.new do |spec|
  spec.name = "presence_rs"
  spec.version = PresenceRs::VERSION
  spec.authors = ["The presence_rs contributors"]
  spec.summary = "Who is online? Presence for Rails, with its registry in Rust."
  spec.description = <<~TEXT
    Shows who is online: on a site, in a room, on a document. A registry in Rust with sessions that expire by
    themselves, a Rack middleware, an Action Cable concern and an ES module that keeps the list of a page right.
  TEXT
  spec.homepage = "https://github.com/presence-rs/presence_rs"
  spec.license = "MIT"
  spec.required_ruby_version = ">= 3.2"
  spec.metadata = {
    "source_code_uri" => spec.homepage,
    "changelog_uri" => "#{spec.homepage}/blob/main/CHANGELOG.md",
    "bug_tracker_uri" => "#{spec.homepage}/issues",
    "cargo_crate_name" => "presence_rs",
    "rubygems_mfa_required" => "true"
  }

  # Globs rather than `git ls-files`: the same list comes out of a checkout, a tarball and an unpacked gem.
  # Cargo.lock is in it, so that a gem is built from the crates that it was tested with.
  top = %w[Cargo.toml Cargo.lock package.json README.md CHANGELOG.md LICENSE .yardopts presence_rs.gemspec]
  built = %r{(\A|/)(target|tmp|node_modules)/|\.(so|bundle|dll|dylib|o|gem)\z|(\A|/)(Makefile|mkmf\.log)\z}
  spec.files = Dir.chdir(__dir__) do
    (Dir["{lib,app,config,ext,docs}/**/*"] + top).select { |path| File.file?(path) }.grep_v(built).sort
  end
  spec.require_paths = ["lib"]
  spec.extensions = ["ext/presence_rs/extconf.rb"]

  # Rack, Rails and redis-client are used where they are there, and not asked for.
  spec.add_dependency "rb_sys", "~> 0.9", ">= 0.9.87"
end
