# frozen_string_literal: true

require_relative "support/demo_pages"

# What people call themselves is text, wherever it is shown.
RSpec.describe "Hostile nicknames" do
  with_demo DemoPages::PATIENT

  names = {
    "HTML" => "<img src=x onerror=window.__hit=1>",
    "the end of a script" => "</script><script>__hit=1</script>",
    "quotes and an attribute" => %q("' onmouseover="__hit=1" '&amp;),
    "a mark that turns the reading direction" => "\u202Ecba\u2067 \u200Fdef",
    "nothing that can be seen, at first" => "\u200B\u3164\u0301x",
    "40 emoji" => "🦊" * 40,
    "keys that every object has" => "__proto__ constructor"
  }

  # On the page that is open now.
  def expect_harmless(person)
    expect(person.evaluate_script("window.__hit ?? null")).to be_nil
    expect(person.evaluate_script("document.querySelectorAll('main img, main script').length")).to eq(0)
    # A handler that the page's policy had to stop would say so here.
    expect(person.errors).to eq([])
  end

  # Each disc has a letter or a sign of the name that can be seen.
  def expect_faces(person)
    faces = person.evaluate_script("[...document.querySelectorAll('#people .avatar')].map(disc => disc.textContent)")
    expect(faces).to all(match(/\A[[\p{L}\p{N}\p{P}\p{S}]&&[^\u3164\u2800]]+\z/))
  end

  it "are shown as they are: #{names.keys.join("; ")}" do
    ada = enter("Ada")
    bob = enter("Bob")
    names.each_value do |name|
      bob = bob.sign_out_and_in(name)
      expect_people(ada, "Ada", name)
      expect_people(bob, "Ada", name)
      expect_faces(ada)
      [ada, bob].each { |person| expect_harmless(person) }

      bob.visit("#{demo.url}http")
      bob.without_socket
      expect(bob.evaluate_script("[...document.querySelectorAll('#new b')].map(element => element.textContent)")).to eq([name])
      expect_harmless(bob)

      # Last, as the page without a socket may have a question under way when its person signs out, and the answer to that
      # is an error in its console.
      bob.go("/races/brisk-badger")
      expect_people(bob, name)
      expect_harmless(bob)
    end
  end
end
