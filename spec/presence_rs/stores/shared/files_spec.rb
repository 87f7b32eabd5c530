# frozen_string_literal: true

require "fcntl"
require "fileutils"
require "tmpdir"

# The files of a shared store: whose they are, and what becomes of them when they are not what they should be.
RSpec.describe PresenceRs::Stores::Shared, "and its files" do
  let(:path) { File.join(@directory, "presence") }
  let(:said) { [] }

  around { |example| Dir.mktmpdir { |directory| (@directory = directory) && example.run } }
  before { PresenceRs.configure { |config| config.on_error = ->(error, _) { said << error.message } } }
  after { PresenceRs.configure { |config| config.on_error = nil } }

  def with_store(**options)
    registry = PresenceRs::Registry.new(store: [:shared, { path:, **options }], ttl: 30)
    yield registry
  ensure
    registry&.close
  end

  def part(name) = File.join(path, "v1.#{name}")
  def aside = Dir[File.join(path, "aside-*")].sort

  # Fills the store, so that there is something to damage.
  def fill(members: 300)
    with_store do |registry|
      members.times { |n| registry["room:#{n % 7}"].join("member-#{n}", meta: { n:, text: "x" * (n % 50 * 70) }) }
      registry.tick
      10.times { |n| registry["room:0"].leave("member-#{n * 7}") }
      registry.tick
    end
  end

  # What may crash does so in a child.
  def in_child
    pid = fork do
      PresenceRs.configure { |config| config.on_error = ->(*) {} }
      yield
      exit!(0)
    rescue PresenceRs::Error
      exit!(0)
    end
    Process.wait2(pid).last
  end

  def refusal(message) = raise_error(PresenceRs::ConfigurationError, message)

  # The store begins anew, once, and says so.
  def expect_anew(why)
    with_store do |registry|
      expect(registry.topics).to eq([])
      expect(registry["room"].join("ada")).to be(true)
    end
    expect(said).to contain_exactly(match(/the shared store in .* #{why}.*; it was set aside as aside-\d{8}T\d{6}\.\d{6}Z, and a new one begun/))
    expect(aside.size).to eq(1)
    said.clear
    with_store { |registry| expect(registry["room"].ids).to eq(["ada"]) }
    expect(said).to eq([])
  end

  describe "a path that cannot be trusted" do
    it "is refused where it is a symbolic link, as are files" do
      Dir.mkdir(File.join(@directory, "elsewhere"), 0o700)
      File.symlink(File.join(@directory, "elsewhere"), path)
      expect { with_store { nil } }.to refusal(/#{path} is a symbolic link or no directory.*rm '#{path}'/)
      File.delete(path)
      fill
      File.rename(part("mdb"), File.join(@directory, "mine"))
      File.symlink(File.join(@directory, "mine"), part("mdb"))
      expect { with_store { nil } }.to refusal(/v1\.mdb is a symbolic link: remove it: rm '/)
    end

    it "is refused where others may use it" do
      Dir.mkdir(path, 0o755)
      FileUtils.chmod(0o755, path)
      expect { with_store { nil } }.to refusal(/#{path} may be used by others than its owner \(its mode is 755\): chmod 700 '#{path}'/)
      FileUtils.chmod(0o700, path)
      fill
      FileUtils.chmod(0o640, part("live"))
      expect { with_store { nil } }.to refusal(/v1\.live may be used by others than its owner \(its mode is 640\): chmod 600 '/)
    end

    it "is refused where it is another user's" do
      skip "only root can give a directory away" unless Process.euid.zero?
      Dir.mkdir(path, 0o700)
      File.chown(65_534, nil, path)
      expect { with_store { nil } }.to refusal(/#{path} belongs to user 65534, and this is user 0: .*chown -R 0 '#{path}'/)
    end

    it "is refused where it cannot be made, with what makes it" do
      missing = File.join(@directory, "no", "such")
      expect { PresenceRs::Registry.new(store: [:shared, { path: missing }]) }
        .to refusal(%r{cannot make #{missing}.*mkdir -p '#{@directory}/no'})
      long = File.join(@directory, "x" * 5_000)
      expect { PresenceRs::Registry.new(store: [:shared, { path: long }]) }.to refusal(/too long \(\d+ bytes\).*give a shorter one/)
      File.write(path, "")
      expect { with_store { nil } }.to refusal(/#{path} is a symbolic link or no directory/)
    end

    it "is refused where it cannot be written to" do
      fill
      read_only(path) { expect { with_store { nil } }.to refusal(/cannot (use|open|make) .*#{path}.*chmod/) }
      with_store { |registry| expect(registry["room:1"].count).to be > 0 }
    end

    # Root may write whatever a mode says, but nobody to a mount that is read-only.
    def read_only(path)
      if Process.euid.zero?
        system("mount --bind #{path} #{path} && mount -o remount,ro,bind #{path}", err: File::NULL) or skip "mounting is not allowed here"
      else
        FileUtils.chmod(0o500, path)
      end
      yield
    ensure
      Process.euid.zero? ? system("umount", path, err: File::NULL) : FileUtils.chmod(0o700, path)
    end

    it "is refused where another application uses it" do
      with_store(app: "Shop") { |registry| registry["room"].join("ada") }
      expect { with_store(app: "Blog") { nil } }
        .to refusal(/#{path} is that of "Shop", and this is "Blog": give each application its own path, .*rm -r '#{path}'/)
      with_store(app: "Shop") { |registry| expect(registry["room"].count).to eq(1) }
    end

    it "is refused where another application of the same process uses it" do
      with_store(app: "Shop") do |registry|
        registry["room"].join("ada")
        expect { with_store(app: "Blog") { nil } }.to refusal(/#{path} is that of "Shop", and this is "Blog"/)
        with_store(app: "Shop") { |same| expect(same["room"].ids).to eq(["ada"]) }
      end
      expect { with_store(app: "Blog") { nil } }.to refusal(/#{path} is that of "Shop", and this is "Blog"/)
    end
  end

  it "are made for nobody else to use" do
    previous = File.umask(0)
    fill
    modes = Dir[path, File.join(path, "*")].to_h { |name| [File.basename(name), File.stat(name).mode.to_s(8)[-3..]] }
    expect(modes).to eq("presence" => "700", "lock" => "600", "v1.live" => "600", "v1.mdb" => "600", "v1.mdb-lock" => "600")
  ensure
    File.umask(previous)
  end

  describe "that are damaged" do
    before { fill }

    it "are set aside when one was cut, in half or to where its pages end no more" do
      whole = File.size(part("mdb"))
      File.truncate(part("mdb"), whole / 2)
      expect_anew("was damaged \\(its file was cut from #{whole} bytes to #{whole / 2}\\)")
      FileUtils.rm_rf(aside)
      fill
      File.truncate(part("mdb"), whole / 16 / 4096 * 4096)
      expect_anew("was damaged \\(it has \\d+ bytes, too few for its \\d+ pages\\)")
    end

    it "are set aside for all, when one was cut under a running process and another comes" do
      with_store do |registry|
        registry["room"].join("ada")
        File.truncate(part("mdb"), File.size(part("mdb")) / 2)
        expect(in_child { with_store { |other| other["room"].join("bob") } }).to be_success
        expect(aside.size).to eq(1)
        expect(registry["room"].ids).to eq(["bob"])
      end
      with_store { |registry| expect(registry["room"].ids).to eq(["bob"]) }
    end

    it "are set aside by a process that has them open and finds out, which says it once" do
      with_store do |registry|
        registry["room"].join("somebody")
        data = File.binread(part("mdb"))
        data.gsub!("somebody".b) { "\xFF".b * 8 } or raise "nobody is there"
        File.binwrite(part("mdb"), data, 0)
        expect(registry["room"].ids).to eq([])
        registry.tick
      end
      expect_anew("was damaged \\((a key|it has text that) is none\\)")
    end

    it "are set aside when one is empty, or has noise for a header" do
      File.truncate(part("mdb"), 0)
      expect_anew("was damaged \\(its file is empty\\)")
      File.binwrite(part("mdb"), Random.bytes(8192), 0)
      with_store { |registry| expect(registry.topics).to eq([]) }
    end

    it "are set aside when the page of what is shared has noise, or is cut" do
      File.binwrite(part("live"), Random.bytes(600), 0)
      expect_anew("was damaged \\(its first page is not one of ours\\)")
      File.truncate(part("live"), 4096)
      with_store { |registry| expect(registry.topics).to eq([]) }
      expect(said).to contain_exactly(match(/its file "live" is cut/))
    end

    it "never crash who opens or uses them, wherever the noise is" do
      whole = File.binread(part("mdb"))
      pages = whole.size / 4096
      random = Random.new(RSpec.configuration.seed)
      found = 60.times.count do
        damaged = whole.dup
        rand(1..4).times do
          at = random.rand(pages) * 4096 + random.rand(4096)
          damaged[at, random.rand(1..64)] = random.bytes(64)[0, random.rand(1..64)].to_s
        end
        damaged = damaged[0, whole.size].ljust(whole.size, "\0")
        File.binwrite(part("mdb"), damaged)
        status = in_child do
          with_store do |registry|
            registry.topics.each { |topic| %i[members count snapshot].each { |read| registry[topic].public_send(read) } }
            registry["room:1"].join("new")
            registry.tick
          end
        end
        expect(status).to be_success, "a process #{status} on noise, seed #{RSpec.configuration.seed}"
        aside.any?.tap { FileUtils.rm_rf(aside) && restore(whole) }
      end
      expect(found).to be > 10
    end

    def restore(whole)
      FileUtils.rm_rf(Dir[part("*")])
      fill
      File.binwrite(part("mdb"), whole)
    rescue Errno::ENOENT
      fill
    end

    it "are kept, the last three of them" do
      names = 5.times.flat_map do
        File.truncate(part("mdb"), 0)
        with_store { nil }
        aside
      end
      expect(aside).to eq(names.uniq.last(3))
      expect(Dir.children(aside.last)).to include("v1.mdb", "v1.live")
    end
  end

  describe "that are not of this life" do
    before { fill }

    # What the first page says, and its sum.
    def rewrite(from, to, at: 24)
      page = File.binread(part("live"), 4096)
      page[at, page.size].index(from) or raise "there is no #{from}"
      page.sub!(from.b, to.b.ljust(from.bytesize, "\0")[0, from.bytesize])
      sum = (page[32, 896].bytes + page[24, 8].bytes).inject(0xcbf29ce484222325) { |so_far, byte| ((so_far ^ byte) * 0x100000001b3) % 2**64 }
      page[16, 8] = [sum].pack("Q<")
      File.binwrite(part("live"), page, 0)
    end

    it "are set aside when the machine was started again" do
      boot = File.read("/proc/sys/kernel/random/boot_id").strip
      rewrite(boot, "00000000-0000-0000-0000-000000000000")
      expect_anew("is from before this machine was started")
    end

    it "are set aside when they are another container's, which is gone" do
      rewrite(File.readlink("/proc/self/ns/pid"), "pid:[4026539999]")
      expect_anew("is another container's, which is gone")
    end

    it "are refused while another container uses them" do
      rewrite(File.readlink("/proc/self/ns/pid"), "pid:[4026539999]")
      lock = File.open(File.join(path, "lock"), "r+")
      holder = fork do
        # A shared lock on the second byte: somebody has them open.
        lock.fcntl(Fcntl::F_SETLK, [Fcntl::F_RDLCK, IO::SEEK_SET, 1, 1, 0].pack("ssx4qqix4"))
        sleep
      end
      wait_until { File.read("/proc/locks").match?(/#{holder}.*:#{lock.stat.ino} 1 1/) }
      expect { with_store { nil } }.to refusal(
        /is in use by processes of another container \(pid:\[4026539999\].*here pid:.*share one pid namespace, or give each its own path/
      )
    ensure
      Process.kill("KILL", holder)
      Process.wait(holder)
      lock.close
    end

    it "are set aside when they have another format" do
      File.binwrite(part("live"), [7].pack("L<"), 8)
      expect_anew("has format 7, and this is 1")
    end
  end

  it "go on in a new store when somebody removes them under a running process" do
    with_store do |registry|
      room = registry["room"]
      room.join("ada")
      FileUtils.rm_rf(path)
      other = PresenceRs::Registry.new(store: [:shared, { path: }], ttl: 30)
      other["room"].join("bob")
      registry.ensure_ticking
      wait_until("the running one to notice") { room.ids == ["bob"] }
      expect(room.touch("ada")).to be(false)
      expect(room.join("ada")).to be(true)
      expect(other["room"].ids.sort).to eq(%w[ada bob])
    ensure
      other&.close
    end
  end

  describe "that reach their size" do
    def fill_up(registry)
      n = 0
      loop { registry["room:#{n += 1}"].join("member-#{n}", meta: { text: "x" * 3_000 }) }
    rescue PresenceRs::StoreUnavailable => e
      [n, e.message]
    end

    it "let nobody in any more, and are of use again once somebody has left" do
      with_store(size: 4 * 1024 * 1024) do |registry|
        count, message = fill_up(registry)
        expect(message).to include("the shared store is full", "larger size")
        expect(count).to be > 200
        expect(registry.topics.size).to be >= count - 1
        expect(registry["room:1"].touch("member-1")).to be(true)
        expect(registry["room:1"].leave("member-1")).to be(true)
        (2..60).each { |n| registry["room:#{n}"].leave_all("member-#{n}") }
        registry.tick
        expect(registry["room"].join("ada")).to be(true)
        expect(File.size(part("mdb"))).to be <= 4 * 1024 * 1024
      end
    end

    it "may be given a larger one" do
      with_store(size: 4 * 1024 * 1024) { |registry| fill_up(registry) }
      with_store(size: 64 * 1024 * 1024) { |registry| expect(registry["more"].join("ada", meta: { text: "x" * 3_000 })).to be(true) }
    end
  end

  describe "on a disk that is full" do
    let(:disk) { File.join(@directory, "disk").tap { |name| Dir.mkdir(name) } }
    let(:path) { File.join(disk, "presence") }

    def mounted(megabytes)
      Process.euid.zero? && system("mount", "-t", "tmpfs", "-o", "size=#{megabytes}m,mode=700", "tmpfs", disk, err: File::NULL) or
        skip "mounting is not allowed here"
      yield
    ensure
      system("umount", disk, err: File::NULL)
    end

    def fill_disk(leave: 0)
      File.open(File.join(disk, "ballast"), "w") { |file| loop { file.write("x" * 4096) } }
    rescue Errno::ENOSPC
      File.truncate(File.join(disk, "ballast"), [File.size(File.join(disk, "ballast")) - leave, 0].max)
    end

    it "are an error to who joins, and heal when there is room" do
      mounted(8) do
        with_store do |registry|
          registry["room"].join("ada")
          fill_disk
          errors = Array.new(4_000) do |n|
            registry["room"].join("member-#{n}", meta: { text: "x" * 1_000 }) && nil
          rescue PresenceRs::StoreUnavailable => e
            e.message
          end.compact
          expect(errors.first).to match(/cannot grow to \d+ MB: No space left on device.*make room on that disk/)
          expect(registry["room"].touch("ada")).to be(true)
          expect(registry["room"].leave("ada")).to be(true)
          registry.tick
          File.delete(File.join(disk, "ballast"))
          expect(registry["room"].join("bob", meta: { text: "x" * 1_000 })).to be(true)
        end
      end
    end

    it "are read all the same, where there is no room to publish what is pending" do
      mounted(8) do
        registry = PresenceRs::Registry.new(store: [:shared, { path: }], clock: PresenceRs::ManualClock.new)
        room = registry["room"]
        1_500.times { |n| room.join("member-#{n}", meta: { text: "x" * 1_000 }) }
        fill_disk
        expect(room.snapshot.count).to eq(0)
        expect(room.count).to eq(1_500)
        File.delete(File.join(disk, "ballast"))
        registry.tick
        expect(room.snapshot.count).to eq(1_500)
      ensure
        registry&.close
      end
    end

    it "crash nobody where one was cut before" do
      mounted(8) do
        with_store { |registry| registry["room"].join("ada") }
        File.truncate(part("mdb"), File.size(part("mdb")) / 2)
        status = in_child do
          with_store do |registry|
            fill_disk
            expect { 4_000.times { |n| registry["room"].join("member-#{n}", meta: { text: "x" * 1_000 }) } }
              .to raise_error(PresenceRs::StoreUnavailable)
            registry.tick
          end
        end
        expect(status).to be_success
      end
    end

    it "cannot be made there, which is an error at their first use, until there is room" do
      mounted(8) do
        fill_disk
        registry = PresenceRs::Registry.new(store: [:shared, { path: }])
        expect(said).to contain_exactly(match(/No space left on device/))
        expect { registry["room"].join("ada") }.to raise_error(PresenceRs::StoreUnavailable, /No space left/)
        File.delete(File.join(disk, "ballast"))
        expect(registry["room"].join("ada")).to be(true)
      ensure
        registry&.close
      end
    end
  end
end
