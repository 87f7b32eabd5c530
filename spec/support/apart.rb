# frozen_string_literal: true

# Expectations that are checked in a child process, for what would change this one for good: once there was a Ractor,
# TracePoint tells of no class any more, and Zeitwerk, which loads Action Cable, cannot find what is nested in classes.
module Apart
  # @raise [RSpec::Expectations::ExpectationNotMetError] with what the block raised there
  def apart(&block)
    failure = IO.pipe do |reader, writer|
      pid = fork { report_to(reader, writer, &block) }
      writer.close
      reader.read.tap { Process.wait(pid) }
    end
    raise RSpec::Expectations::ExpectationNotMetError, failure unless failure == "none"
  end

  private

  def report_to(reader, writer)
    reader.close
    Warning[:experimental] = false
    yield
    writer.write("none")
  rescue Exception => e # rubocop:disable Lint/RescueException -- a failed expectation is one
    writer.write(e.full_message(highlight: false))
  ensure
    writer.close
    exit!(0)
  end
end
