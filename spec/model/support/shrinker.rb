# frozen_string_literal: true

module ModelSpec
  # Makes a history that fails as short as it can: leaves out calls, in halves first, then one by one, then makes them
  # plainer, for as long as it fails.
  module Shrinker
    class << self
      # @yieldparam history [History]
      # @yieldreturn [String, nil] what is wrong with it
      # @return [History]
      def shrink(history, &wrong)
        loop do
          smaller = shorter(history, &wrong) || plainer(history, &wrong)
          return history unless smaller

          history = smaller
        end
      end

      private

      def shorter(history)
        size = history.calls.size / 2
        while size >= 1
          (0..history.calls.size - size).each do |from|
            left = history.calls[0...from] + history.calls[from + size..]
            candidate = history.with(left)
            return candidate if yield(candidate)
          end
          size /= 2
        end
        nil
      end

      def plainer(history)
        history.calls.each_with_index do |call, index|
          call.plainer.each do |other|
            candidate = history.with(history.calls[0...index] + [other] + history.calls[index + 1..])
            return candidate if yield(candidate)
          end
        end
        nil
      end
    end
  end
end
