# frozen_string_literal: true

# Not Rails itself: with it in the process, errors of other specs would be reported to it.
require "action_controller"
require "action_view"
require "nokogiri"
require_relative "../channel/support"

# Views as an app renders them, and what a page takes from their tags to the channel.
module TagsSupport
  include ChannelSupport

  def self.included(group)
    group.before do
      I18n.load_path |= [File.join(Checkout::ROOT, "config/locales/en.yml")]
      # The app's own, as there is no app in this process; spec/system/tags_spec.rb has one.
      verifier = ActiveSupport::MessageVerifier.new("secret" * 10, digest: "SHA256", serializer: JSON)
      allow(PresenceRs::Tags::Ticket).to receive(:verifier).and_return(verifier)
      registry
    end
    group.after { FileUtils.rm_rf(@views) if @views }
  end

  # @param partials [Hash{String => String}] ERB by path, such as "people/_person"
  # @return [ActionView::Base]
  def view(request: nil, **partials)
    @views ||= Dir.mktmpdir("presence_rs-views")
    partials.each do |path, text|
      FileUtils.mkdir_p(File.dirname(File.join(@views, path.to_s)))
      File.write(File.join(@views, "#{path}.html.erb"), text)
    end
    paths = ActionView::PathSet.new([@views, File.join(Checkout::ROOT, "app/views")])
    ActionView::Base.with_empty_template_cache.new(ActionView::LookupContext.new(paths), {}, nil).tap do |view|
      view.extend(PresenceRs::TagHelper)
      view.define_singleton_method(:request) { request } if request
    end
  end

  # @return [Nokogiri::XML::Element] the element of a tag
  def element(html) = Nokogiri::HTML5.fragment(html).children.first
end
