# frozen_string_literal: true

module ModelSpec
  # Lets half of the waits end when a life does, or a millisecond before or after it: by chance alone two times hardly ever meet.
  class Course
    # @param rules [Hash] of the history
    # @param random [Random]
    def initialize(rules, random)
      @rules = rules
      @random = random
      @now = 0
      # Of lives and places, those that were put off included.
      @ends = []
      @ttls = {}
    end

    # @param call [Call] the next one
    # @return [Call] that one, or a wait that is aimed
    def call(call)
      return advance(call) if call.kind == :advance

      lasts = lasts(call)
      @ends << (@now + lasts) if lasts
      call
    end

    private

    def advance(call)
      to_come = @ends.select { |moment| moment > @now }.last(6)
      call = call.with(by: to_come.sample(random: @random) - @now + [-1, 0, 0, 1].sample(random: @random)) if to_come.any? && @random.rand < 0.5
      @now += call.options[:by]
      call
    end

    def lasts(call)
      session = [call.topic, call.id, call.options[:session]]
      case call.kind
      when :join then @ttls[session] = call.options[:ttl]
      when :touch then @ttls[session]
      when :leave then call.options[:linger]
      when :visit then @rules[:request_ttl]
      end
    end
  end
end
