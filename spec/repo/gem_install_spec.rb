# frozen_string_literal: true

RSpec.describe "The installed gem, away from the checkout", :processes do
  def ruby(script)
    Checkout.run("ruby", "-rpresence_rs", "-e", script, env: BuiltGem.environment, chdir: BuiltGem.elsewhere)
  end

  it "was compiled on installing, and left no build directory behind" do
    expect(File).to exist(File.join(BuiltGem.installed, "lib/presence_rs/presence_rs.so"))
    expect(Dir[File.join(BuiltGem.installed, "**", "release", "deps")]).to be_empty
  end

  it "is what `require` loads there" do
    expect(ruby(<<~RUBY).lines(chomp: true)).to all(start_with(File.realpath(BuiltGem.environment["GEM_HOME"])))
      puts $LOADED_FEATURES.grep(/presence_rs/)
    RUBY
  end

  it "knows who is online" do
    expect(ruby(<<~RUBY).lines(chomp: true)).to eq(%w[true true 1 Ada false])
      room = PresenceRs["room:1"]
      puts room.join("ada", session: "tab", meta: { name: "Ada" })
      puts room.online?("ada"), room.count, room.members.first.metas.first["name"]
      room.leave("ada", session: "tab")
      puts room.online?("ada")
    RUBY
  end
end
