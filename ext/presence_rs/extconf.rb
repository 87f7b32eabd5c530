# frozen_string_literal: true

require "mkmf"
require "rb_sys/mkmf"

# The crates are taken in the versions of the Cargo.lock beside the workspace's Cargo.toml, which the gem ships:
# what a user builds is what was tested.
create_rust_makefile("presence_rs/presence_rs") do |config|
  config.extra_cargo_args << "--locked"
end
