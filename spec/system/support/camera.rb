# frozen_string_literal: true

require_relative "demo_pages"

# People in a race with their cameras on, and what their pages show of each other: real video, which is looked at.
module Camera
  RACE = "/races/brisk-badger"

  # What a video shows now: its size, how much of it is the green of Chromium's test picture, and its pixels.
  LOOK = <<~JS
    const [name, done] = arguments
    const face = [...document.querySelectorAll(".face")].find(item => item.textContent === name)
    const video = face?.querySelector("video")
    if (!video?.videoWidth) return done(null)
    const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 48 })
    const context = canvas.getContext("2d")
    context.drawImage(video, 0, 0, 64, 48)
    const { data } = context.getImageData(0, 0, 64, 48)
    let green = 0
    for (let i = 0; i < data.length; i += 4) if (data[i + 1] > 80 && data[i + 1] > 2 * data[i + 2]) green++
    done({ green: green / (64 * 48), pixels: [...data].join(), width: video.videoWidth, at: video.currentTime })
  JS

  # @return [Person] in the race, their camera on
  def enter_with_camera(name, **options)
    enter(name, path: RACE, **options).tap { |person| switch_camera(person) }
  end

  def switch_camera(person)
    person.click_button("Camera")
  end

  # @return [Array<String>] whose faces a page shows, one's own apart
  def faces(person)
    person.evaluate_script("[...document.querySelectorAll('.face:not(.own) span')].map(name => name.textContent)").sort
  end

  # @return [Hash, nil] what is to be seen of somebody
  def look(person, name)
    person.evaluate_async_script(LOOK, name)
  end

  def expect_faces(person, *names, within: Waiting::DEADLINE)
    wait_until(-> { "the faces of #{names} on #{person.name}'s page, which shows #{faces(person)}: #{note(person)}" }, within: within) do
      faces(person) == names.sort
    end
  end

  # Waits until a page shows somebody's picture, and then another one: it moves.
  def expect_moving(person, name)
    first = wait_until("#{name}'s picture on #{person.name}'s page") do
      look(person, name)&.then { |seen| seen if seen["green"] > 0.5 }
    end
    wait_until("#{name}'s picture on #{person.name}'s page to move") do
      seen = look(person, name)
      seen && seen["pixels"] != first["pixels"] && seen["at"] > first["at"]
    end
  end

  # @return [String] what the page says of the cameras
  def note(person)
    person.find_by_id("camera-note").text
  end

  # @return [Array<Hash>] the data of the signals that a page sent
  def signals(person)
    person.frames(:sent, "presence_emit").select { |frame| frame["event"] == "signal" }.map { |frame| frame["data"] }
  end

  # @return [Array<Array(String, Integer)>] the types and numbers of the descriptions among them, each once: what is not
  #   answered soon, or not heard, is said again
  def descriptions(person)
    said = signals(person).select { |data| data["description"] }
    said.uniq { |data| [data["description"]["type"], data.except("description", "fresh")] }.map { |data| [data["description"]["type"], data["n"]] }
  end
end
