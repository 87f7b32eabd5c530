# frozen_string_literal: true

module PresenceRs
  # What the tags for views are made of; {TagHelper} is what apps use.
  # @api private
  module Tags
    autoload :Ticket, "presence_rs/tags/ticket"
    autoload :Placeholder, "presence_rs/tags/placeholder"
    autoload :Texts, "presence_rs/tags/texts"
    autoload :Viewer, "presence_rs/tags/viewer"
    autoload :Follow, "presence_rs/tags/follow"
    autoload :Rendering, "presence_rs/tags/rendering"
    autoload :List, "presence_rs/tags/list"
  end
end
