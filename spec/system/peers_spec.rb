# frozen_string_literal: true

require_relative "support/camera"

# Two real browsers that show each other's camera, and what ends that, or brings it back.
RSpec.describe "Faces" do
  include Camera

  after { @proxy&.close }

  # Two who see each other move.
  def two_with_cameras(**bobs)
    ada = enter_with_camera("Ada")
    bob = enter_with_camera("Bob", **bobs)
    expect_moving(ada, "Bob")
    expect_moving(bob, "Ada")
    [ada, bob]
  end

  context "when nothing is wrong" do
    with_demo DemoPages::PATIENT

    it "of those whose cameras are on are shown to each other, and to nobody else" do
      ada = enter_with_camera("Ada")
      expect(ada).to have_text("As soon as somebody else's is")
      bob = enter("Bob", path: Camera::RACE)
      expect(bob).to have_text("Ada: on. Switch on yours")
      expect(faces(ada) + faces(bob)).to eq([])

      switch_camera(bob)
      expect_moving(ada, "Bob")
      expect_moving(bob, "Ada")
      expect(bob.evaluate_script("document.querySelector('.face.own video').muted")).to be(true)
      # Hellos are said again for as long as the page is there.
      expect([ada, bob].flat_map { |person| signals(person) }.count { |data| !data["hello"] }).to be <= 12
      expect([*ada.errors, *bob.errors]).to eq([])
    end

    it "go when a camera is switched off, and come back with it" do
      ada, bob = two_with_cameras
      switch_camera(bob)
      expect_faces(ada)
      expect(bob).to have_no_css(".face")
      expect(bob.find_by_id("camera")["aria-pressed"]).to eq("false")

      switch_camera(bob)
      expect_moving(ada, "Bob")
    end

    it "go at once when a tab is closed, and not only when its member is gone" do
      ada, bob = two_with_cameras
      bob.open_tab(Camera::RACE)
      bob.switch_to_window(bob.windows.first)
      bob.close_tab
      expect_faces(ada)
      expect(ada.told(:leave)).to eq([])
    end

    # One who speaks and one who only listens, in one page. Pages that use a camera are told of addresses that can be
    # reached without asking the network for names.
    def speak(page, at_once:)
      page.execute_script(<<~JS, at_once)
        const [atOnce] = arguments
        const others = []
        class Place {
          constructor(id) { Object.assign(this, { id, session: id, hear() {} }); others.push(this) }
          emit(event, data, to) {
            for (const other of others) if (other !== this) setTimeout(() => other.hear(structuredClone(data), { id: this.id, session: this.id }))
            return true
          }
          on(event, handler) { this.hear = handler }
          onLeave() {}
          onSync() {}
          onStale() {}
          has() { return true }
          get(id) { return { id, joined_at: 1, metas: [] } }
        }
        const [voice] = new AudioContext().createMediaStreamDestination().stream.getTracks()
        const camera = navigator.mediaDevices.getUserMedia({ video: true })
        Promise.all([import("presence_rs/peers"), camera]).then(async ([{ Peers }, stream]) => {
          window.__both = () => window.__speaker.setStream(new MediaStream([voice, ...stream.getTracks()]))
          window.__listener = new Peers(new Place("b"))
          // Else the first one's hello is said to nobody.
          if (!atOnce) await new Promise(resolve => { setTimeout(resolve) })
          window.__speaker = new Peers(new Place("a"), { stream: new MediaStream([voice]) })
        })
      JS
    end

    def expect_heard(page, *kinds)
      heard = -> { page.evaluate_script("window.__listener?.list().map(({ stream }) => stream?.getTracks().map(({ kind }) => kind).sort())") }
      wait_until(-> { "#{kinds}, but there is #{heard.call}" }) { heard.call == [kinds] }
    end

    it "keep their voice when a picture comes to it" do
      page = enter("Ada", path: Camera::RACE)
      speak(page, at_once: false)
      expect_heard(page, "audio")
      page.execute_script("window.__both()")
      expect_heard(page, "audio", "video")
    end

    it "are shown to who begins at the same moment, and shows nothing" do
      page = enter("Ada", path: Camera::RACE)
      speak(page, at_once: true)
      expect_heard(page, "audio")
    end

    it "are shown anew after a reload" do
      ada, bob = two_with_cameras
      bob.go(Camera::RACE)
      expect_faces(ada)
      switch_camera(bob)
      expect_moving(ada, "Bob")
      expect_moving(bob, "Ada")
      expect(ada.told(:leave)).to eq([])
    end

    # Each has sent an offer before the other one's arrives.
    it "are shown when both call at once: one of the two yields" do
      ada, bob = %w[Ada Bob].map { |name| enter(name, path: Camera::RACE) }
      [ada, bob].each do |person|
        person.execute_script("__cable.hold('presence_event')")
        switch_camera(person)
        wait_until("#{person.name}'s hello") { signals(person).any? }
      end
      wait_until("both hellos to be held back") do
        [ada, bob].all? { |person| person.evaluate_script("__cable.held.length") >= 1 }
      end
      [ada, bob].each { |person| person.execute_script("__cable.release(1)") }
      wait_until("both offers to be held back") do
        [ada, bob].all? { |person| person.evaluate_script("__cable.held.some(({ data }) => data.includes('description'))") }
      end
      [ada, bob].each { |person| person.execute_script("__cable.release()") }

      expect_moving(ada, "Bob")
      expect_moving(bob, "Ada")
      expect([descriptions(ada), descriptions(bob)]).to all(include(["offer", 1]))
      expect([*descriptions(ada), *descriptions(bob)].count(["answer", 1])).to eq(1)
      expect([*ada.errors, *bob.errors]).to eq([])
    end

    it "stay while a socket hangs and is opened anew: the media does not go through it" do
      ada = enter_with_camera("Ada")
      @proxy = SilentProxy.new(demo.port)
      bob = enter_with_camera("Bob", through: @proxy)
      expect_moving(ada, "Bob")
      expect_moving(bob, "Ada")
      before = [ada, bob].map { |person| descriptions(person) }

      @proxy.hang
      expect_moving(ada, "Bob")
      wait_until(-> { "a second subscription of #{bob}" }, within: 60) { bob.frames(:got, "confirm_subscription").size >= 4 }
      wait_until("Bob's hello under his new name") { signals(bob).count { |data| data["hello"] } >= 2 }
      expect_moving(ada, "Bob")
      expect_moving(bob, "Ada")
      expect([ada, bob].map { |person| descriptions(person) }).to eq(before)
    end

    it "go when their member is removed in the middle of a call, on both sides" do
      ada, bob = two_with_cameras
      Visitor.new(demo, bob.cookie).sign_out
      expect_faces(ada)
      expect_faces(bob)
    end

    it "of three are shown to each other" do
      people = %w[Ada Bob Cleo].map { |name| enter_with_camera(name) }
      people.each { |person| (people - [person]).each { |other| expect_moving(person, other.name) } }
    end
  end

  context "when people fall silent" do
    with_demo DemoPages::STRICT

    it "go when a browser is frozen, and come back when it goes on" do
      ada, bob = two_with_cameras
      bob.freeze
      expect_faces(ada)

      bob.thaw
      expect_moving(ada, "Bob")
      expect_moving(bob, "Ada")
    end

    it "go when a browser is killed" do
      ada, bob = two_with_cameras
      bob.kill
      expect_faces(ada)
    end

    it "go when a proxy falls silent, as presence says that they are gone, and come back when it speaks" do
      ada = enter_with_camera("Ada")
      @proxy = SilentProxy.new(demo.port)
      bob = enter_with_camera("Bob", through: @proxy)
      expect_moving(ada, "Bob")

      @proxy.silence
      expect_faces(ada)
      expect_faces(bob)
      @proxy.forward
      expect_moving(ada, "Bob")
      expect_moving(bob, "Ada")
    end
  end

  context "with two servers that share a store" do
    shared = DemoPages::PATIENT.merge("PRESENCE_PATH" => File.join(Servers::Server.logs, "faces"))

    with_demo shared

    it "of people whose sockets are served by different ones are shown to each other" do
      ada = enter_with_camera("Ada")
      bob = enter_with_camera("Bob", through: DemoPages.demo(shared.merge("RAILS_MAX_THREADS" => "5")))
      expect_moving(ada, "Bob")
      expect_moving(bob, "Ada")
    end
  end

  context "without a camera" do
    with_demo DemoPages::PATIENT

    it "say so where the page may not use it, and where the browser cannot" do
      ada = enter("Ada", path: Camera::RACE, flags: %w[--use-fake-ui-for-media-stream=deny])
      switch_camera(ada)
      expect(ada).to have_text("This page is not allowed to use the camera or the microphone.")
      expect(ada.find_by_id("camera")["aria-pressed"]).to eq("false")

      ada.execute_script("delete window.RTCPeerConnection")
      switch_camera(ada)
      expect(ada).to have_text("This browser has no WebRTC, or it is switched off.")
      expect(signals(ada)).to eq([])
      expect(ada.errors).to eq([])
    end
  end
end
