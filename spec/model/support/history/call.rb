# frozen_string_literal: true

module ModelSpec
  # One call of a history: its name, what it is called with, in seconds where it is a time.
  class Call
    KINDS = { join: 8, touch: 4, update: 3, leave: 6, visit: 3, leave_all: 1, advance: 8, tick: 3, snapshot: 4, wall: 1 }.freeze
    BAG = KINDS.flat_map { |kind, weight| [kind] * weight }.freeze
    private_constant :KINDS, :BAG

    # @return [Call]
    def self.random(random)
      pick = ->(list) { list.sample(random:) }
      # Most of it on one topic and by one member, so that calls meet.
      topic = random.rand < 0.7 ? TOPICS.first : pick[TOPICS]
      id = random.rand < 0.4 ? MEMBERS.first : pick[MEMBERS]
      options = case (kind = pick[BAG])
                when :join then { session: pick[SESSIONS], meta: pick[[nil, *METAS]], ttl: 1 + pick[TIMES] }
                when :touch then { session: pick[SESSIONS] }
                when :update then { session: pick[SESSIONS], meta: pick[METAS] }
                when :leave then { session: pick[SESSIONS], linger: pick[[0, 0, 1, 500, 3_000]] }
                when :visit then { navigation: pick[[true, false]] }
                when :advance then { by: pick[TIMES] }
                when :wall then { by: pick[[3_600_000, -3_600_000]] }
                else {}
                end
      new(kind, topic, id, options)
    end

    attr_reader :kind, :topic, :id, :options

    def initialize(kind, topic, id, options)
      @kind = kind
      @topic = topic
      @id = id
      @options = options
    end

    def with(**options) = self.class.new(@kind, @topic, @id, @options.merge(options))

    # A heartbeat of the same session.
    def touching = self.class.new(:touch, @topic, @id, @options.slice(:session))

    # Options as the public API takes them.
    def arguments = @options.to_h { |name, value| [name, %i[ttl linger].include?(name) ? value / 1_000.0 : value] }

    # A plainer call in place of this one, for the shrinker: shorter waits, no meta.
    def plainer
      return [] unless @options[:by] || @options[:meta]

      smaller = @options.merge(@options[:by] ? { by: @options[:by] / 2 } : { meta: {} })
      smaller == @options ? [] : [self.class.new(@kind, @topic, @id, smaller)]
    end

    def to_s
      shown = arguments.map { |name, value| ", #{name}: #{value.inspect}" }.join
      case @kind
      when :advance then "clock.advance(#{@options[:by] / 1_000.0})"
      when :wall then "clock.time += #{@options[:by] / 1_000}"
      when :tick then "registry.tick"
      when :snapshot then "registry[#{@topic.inspect}].snapshot"
      when :leave_all then "registry.leave_all(#{@id.inspect})"
      else "registry[#{@topic.inspect}].#{@kind}(#{@id.inspect}#{shown})"
      end
    end
  end
end
