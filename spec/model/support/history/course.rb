# frozen_string_literal: true

module ModelSpec
  # Lets half of the waits end when a life does, or a millisecond before or after it: by chance alone two times hardly ever meet. And
  # now and then one who has joined is heard again right after, and looked at in the last millisecond that this has given them.
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
    # @return [Array<Call>] that one, or a wait that is aimed, and what follows upon it
    def calls(call)
      return [advance(call)] if call.kind == :advance

      [noted(call), *(heard_again(call) if call.kind == :join && @random.rand < 0.1)]
    end

    private

    def noted(call)
      lasts = lasts(call)
      @ends << (@now + lasts) if lasts
      call
    end

    def heard_again(join)
      [wait(1 + @random.rand(16)), noted(join.touching), wait(join.options[:ttl] - 1)]
    end

    def wait(time)
      @now += time
      Call.new(:advance, TOPICS.first, MEMBERS.first, { by: time })
    end

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
