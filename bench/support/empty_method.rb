# frozen_string_literal: true

require "English"

module Bench
  # A method in C that takes three arguments and does nothing at all: the least that any call into an extension costs. It is
  # compiled here, with the compiler that Ruby was built with.
  module EmptyMethod
    CODE = <<~C
      #include <ruby.h>
      static VALUE call(VALUE self, VALUE one, VALUE two, VALUE three) { return Qtrue; }
      void Init_bench_empty(void) { rb_define_singleton_method(rb_define_module("BenchEmpty"), "call", call, 3); }
    C

    module_function

    # @param directory [String] to compile it in
    # @return [Module] with `call`
    # @raise [Servers::LeftOut] where there is no compiler
    def load(directory)
      File.write("#{directory}/bench_empty.c", CODE)
      headers = RbConfig::CONFIG.values_at("rubyhdrdir", "rubyarchhdrdir").map { |path| "-I#{path}" }
      command = [*RbConfig::CONFIG["CC"].split, "-O2", "-fPIC", "-shared", *headers, "-o", "bench_empty.so", "bench_empty.c"]
      output = IO.popen(command, err: %i[child out], chdir: directory, &:read)
      raise Servers::LeftOut, "#{command.first} failed: #{output.lines.last}" unless $CHILD_STATUS.success?

      require "#{directory}/bench_empty.so"
      BenchEmpty
    rescue Errno::ENOENT
      raise Servers::LeftOut, "#{command.first} is not installed"
    end
  end
end
