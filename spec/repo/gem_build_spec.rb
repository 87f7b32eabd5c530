# frozen_string_literal: true

RSpec.describe "The built gem" do
  let(:files) { BuiltGem.files }

  it "is built without a warning" do
    expect(BuiltGem.build_output).to match(/\A(?!.*WARNING).*Successfully built RubyGem/m)
  end

  it "has what building the extension takes, with the crates' versions" do
    expect(files).to include("Cargo.toml", "Cargo.lock", "package.json", "ext/presence_rs/extconf.rb", "ext/presence_rs/Cargo.toml",
                             "ext/presence_rs/src/lib.rs", "ext/presence_core/Cargo.toml",
                             "ext/presence_core/src/lib.rs")
  end

  it "has every Ruby file of lib and app" do
    written = Dir.chdir(Checkout::ROOT) { Dir["{lib,app}/**/*.{rb,js,erb,tt}"] }
    expect(written).to include("lib/presence_rs.rb")
    expect(written - files).to be_empty
  end

  it "has its README, its changelog and its licence" do
    expect(files).to include("README.md", "CHANGELOG.md", "LICENSE")
  end

  # How the gem itself is tested is for those who have its repository.
  it "has every page, picture and example that a page of its docs leads to" do
    pages = files.grep(%r{\Adocs/.*\.md\z}) - ["docs/testing.md"]
    expect(pages).to include("docs/javascript.md", "docs/events.md")
    dead = pages.flat_map do |page|
      targets = File.read(File.join(Checkout::ROOT, page)).scan(/\]\(([^)#\s]+)[^)]*\)/).flatten.grep_v(/\A[a-z]+:/)
      targets.map { |target| File.expand_path(target, "/#{File.dirname(page)}").delete_prefix("/") } - files
    end
    expect(dead).to eq([])
  end

  it "has nothing that was built, and nothing that only this repository needs" do
    expect(files.grep(/\.(so|bundle|dll|dylib|o|gem)\z/)).to be_empty
    expect(files.grep(%r{(\A|/)(target|tmp|node_modules|spec|demo|bench)/})).to be_empty
  end

  it "lists the same files again from an unpacked gem" do
    Dir.mktmpdir do |directory|
      Gem::Package.new(BuiltGem.path).extract_files(directory)
      list = Checkout.run("ruby", "-e", "puts Gem::Specification.load('presence_rs.gemspec').files", chdir: directory)
      expect(list.lines(chomp: true)).to match_array(files)
    end
  end

  it "asks for nothing at run time but what builds it" do
    dependencies = Gem::Package.new(BuiltGem.path).spec.runtime_dependencies
    expect(dependencies.map(&:name)).to eq(["rb_sys"])
  end
end
