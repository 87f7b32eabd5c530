# frozen_string_literal: true

require "fileutils"
require "open3"
require "tmpdir"

module ModelSpec
  # Do the model tests bite? Faults such as one makes, planted one after another into a copy of the tree, each of which both the
  # Rust histories and the Ruby ones have to find, at the default number of histories: `bundle exec rake model:faults`.
  module Faults
    ROOT = File.expand_path("../../..", __dir__)

    # What it is; the file; what stands there, once; and what somebody might have written.
    Fault = Data.define(:name, :file, :from, :to) do
      def path(root) = File.join(root, "ext/presence_core/src", file)
      def fits?(root) = File.read(path(root)).scan(from).size == 1

      # @yield while it is planted
      def plant(root)
        sound = File.read(path(root))
        raise "#{name}: #{file} does not have this exactly once any more:\n#{from}" unless fits?(root)

        File.write(path(root), sound.sub(from) { to })
        yield
      ensure
        File.write(path(root), sound)
      end
    end

    ALL = [
      Fault.new(
        name: "a touch that stays in its slot of the wheel does not move the deadline",
        file: "index/line.rs",
        from: "self.deadline = now.deadline(self.ttl);",
        to: "let due = now.deadline(self.ttl);\n" \
            "        if due >> 24 != self.deadline >> 24 {\n            self.deadline = due;\n        }"
      ),
      Fault.new(
        name: "a leave ends the member's other sessions too",
        file: "member.rs",
        from: "let session = self.sessions.remove(at);",
        to: "let session = self.sessions.remove(at);\n            self.sessions.clear();"
      ),
      Fault.new(
        name: "who lingers and comes back unchanged is told of",
        file: "member.rs",
        from: "(Some(was), Some(is)) if was.metas == is.metas => return None,",
        to: "(Some(was), Some(is)) if was == *is => return None,"
      ),
      Fault.new(
        name: "a diff that has only updates does not count",
        file: "registry/publish.rs",
        from: "topic.version += 1;",
        to: "topic.version += u64::from(from == 0 || joins.len() + leaves.len() > 0);"
      ),
      Fault.new(
        name: "a snapshot does not publish first what is pending",
        file: "registry/publish.rs",
        from: "        if due(self) {\n            self.publish(at, now);\n        }\n        !due(self)\n",
        to: "        let _ = due(self);\n        true\n"
      )
    ].freeze

    # What a run of histories said.
    Verdict = Data.define(:found, :number, :history)

    class << self
      # Prints a table in Markdown and what each fault was shrunk to.
      # @param names [Array<String>] parts of the names of those to plant; none: all
      # @return [Boolean] whether all were found, by both
      def check(names = [])
        faults = ALL.select { |fault| names.empty? || names.any? { |name| fault.name.include?(name) } }
        results = in_copy { |root| faults.map { |fault| fault.plant(root) { [fault, rust(root), ruby(root)] } } }
        results.each { |fault, rust, ruby| puts "\n## #{fault.name}\n\nRust:\n#{rust.history}\nRuby:\n#{ruby.history}" }
        puts "\n| fault | file | Rust: found by history | Ruby: found by history |\n| --- | --- | --- | --- |"
        results.each { |fault, *verdicts| puts "| #{fault.name} | `#{fault.file}` | #{verdicts.map(&:number).join(" | ")} |" }
        results.all? { |_, *verdicts| verdicts.all?(&:found) }
      end

      private

      # Everything that git knows, in a directory of its own; what Cargo builds there is kept for the next time.
      def in_copy
        Dir.mktmpdir("presence_rs-faults") do |root|
          files, = Open3.capture2("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", chdir: ROOT)
          files.split("\0").each do |file|
            next unless File.file?(File.join(ROOT, file))

            FileUtils.mkdir_p(File.join(root, File.dirname(file)))
            FileUtils.cp(File.join(ROOT, file), File.join(root, file))
          end
          yield root
        end
      end

      def rust(root)
        FileUtils.rm_f(File.join(root, "ext/presence_core/tests/histories.txt")) # the seeds of the fault before
        output, passed = run(root, "cargo", "test", "--locked", "-p", "presence_core", "--test", "histories")
        number = output[/history (\d+), made as short as it can be/, 1]
        raise "the Rust histories did not run:\n#{output}" unless passed || number

        shrunk = output[/made as short as it can be:\n\n(.*?)\n+(?:note:|failures:)/m, 1]
        Verdict.new(!passed, number&.to_i || "not found", shrunk.to_s)
      end

      def ruby(root)
        compiled, passed = run(root, "bundle", "exec", "rake", "compile")
        raise "it does not compile:\n#{compiled}" unless passed

        output, passed = run(root, "bundle", "exec", "rspec", "--no-color", "spec/model/histories_spec.rb", "-e", "go as the model says")
        first, found = output[/histories: SEED=(\d+)/, 1], output[/SEED=(\d+) PRESENCE_HISTORIES=1/, 1]
        raise "the Ruby histories did not run:\n#{output}" unless passed || found

        shrunk = output[/^ *RuntimeError:\n(.*?)\n *SEED=/m, 1]
        Verdict.new(!passed, found ? found.to_i - first.to_i + 1 : "not found", shrunk.to_s.gsub(/^ +/, "").squeeze("\n"))
      end

      def run(root, *command)
        env = { "CARGO_TARGET_DIR" => File.join(ROOT, "tmp/faults"), "RB_SYS_CARGO_TARGET_DIR" => File.join(ROOT, "tmp/faults"),
                "PROPTEST_CASES" => nil, "PRESENCE_HISTORIES" => nil, "SEED" => nil, "CI" => nil,
                "BUNDLE_GEMFILE" => File.join(root, "Gemfile"), "RUST_BACKTRACE" => "0" }
        output, status = Open3.capture2e(env, *command, chdir: root, stdin_data: "")
        [output, status.success?]
      end
    end
  end
end
