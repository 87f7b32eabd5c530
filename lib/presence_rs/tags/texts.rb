# frozen_string_literal: true

require "yaml"

module PresenceRs
  module Tags
    # The words of the tags in the locale of a request, for the first paint and for the page that goes on from it.
    # @api private
    class Texts
      # So many names are said; of more people it is said how many there are.
      NAMES = 3
      # Embeddings, overrides and isolates of Unicode.
      MARKS = /[\u202A-\u202E\u2066-\u2069]/

      # What a locale without these texts gets.
      def self.defaults
        @defaults ||= YAML.load_file(File.join(__dir__, "../../../config/locales/en.yml")).dig("en", "presence_rs")
                          .transform_values { |text| text.is_a?(Hash) ? text.transform_keys(&:to_sym) : text }.freeze
      end

      # @param view [ActionView::Base]
      def initialize(view)
        @view = view
        @known = {}
      end

      # @param key [Symbol]
      # @return [String, Hash{Symbol => String}] with its variables still in it
      def [](key)
        @known[key] ||= I18n.t(key, scope: :presence_rs, default: nil) || self.class.defaults.fetch(key.to_s)
      end

      # @param text [String, Hash{Symbol => String}] one text, or one a plural form
      # @param count [Integer]
      # @return [String]
      def count(text, count, **values)
        form = text.is_a?(Hash) ? pluralize(text, count) : text
        fill(form, number: number(count), count: count.to_s, **values)
      end

      # @return [String] with delimiters
      def number(count) = @view.number_with_delimiter(count)

      # @param names [Array<String>]
      # @return [String] "Ada, Bob, and Cleo"
      def list(names) = names.map { |name| isolate(name) }.to_sentence

      # Who types.
      #
      # @param names [Array<String>]
      # @return [String] "" for nobody
      def typing(names)
        return "" if names.empty?

        text = self[:typing]
        return text[:several] if names.size > NAMES && text[:several]

        count(text, names.size, names: list(names.first(NAMES)))
      end

      # What the page needs of them.
      #
      # @param keys [Array<Symbol>]
      # @return [String] JSON
      def for_page(*keys, **more)
        @for_page ||= {}
        @for_page[[keys, more]] ||= begin
          texts = keys.to_h { |key| [key, self[key]] }
          JSON.generate(texts.merge(more, and: connectors, delimiter: I18n.t("number.format.delimiter", default: ",")))
        end
      end

      # A name as others see it: of bounded length, and apart from the direction of the text around it, which marks in it
      # could end.
      def isolate(name)
        text = name.to_s.gsub(MARKS, "")
        text = "#{text.grapheme_clusters.first(59).join}…" if text.length > 60
        "\u2068#{text}\u2069"
      end

      private

      # By I18n's rule of the locale: under a name that it does not know it takes what it is given.
      def pluralize(text, count)
        variables = %i[number names].to_h { |name| [name, "%{#{name}}"] }
        I18n.t(:none, scope: :presence_rs, default: text, count:, **variables)
      end

      def fill(text, values)
        text.gsub(/%\{(\w+)\}/) { |variable| values.fetch(variable[2..-2].to_sym, variable).to_s }
      end

      # As `to_sentence` joins: between two, between the first ones, before the last.
      def connectors
        defaults = { two_words_connector: " and ", words_connector: ", ", last_word_connector: ", and " }
        defaults.merge(I18n.t("support.array", default: {})).values_at(:two_words_connector, :words_connector, :last_word_connector)
      end
    end
  end
end
