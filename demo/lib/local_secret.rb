# frozen_string_literal: true

require "fileutils"
require "securerandom"

# The key that signs the session cookies, made at the first start and kept, so that there is
# nothing to set and a restart signs nobody out. A real app sets SECRET_KEY_BASE.
module LocalSecret
  # Workers may start at once: a link is made by one of them only, and never to half a file.
  def self.read(path)
    unless File.exist?(path)
      FileUtils.mkdir_p(File.dirname(path))
      own = "#{path}.#{Process.pid}"
      File.write(own, SecureRandom.hex(64), perm: 0o600)
      begin
        File.link(own, path)
      rescue Errno::EEXIST
        # Another one was first.
      end
      File.delete(own)
    end
    File.read(path)
  end
end
