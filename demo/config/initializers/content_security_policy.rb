# frozen_string_literal: true

# presence_rs needs no exception: its module comes from this app, and it evaluates nothing.
Rails.application.configure do
  config.content_security_policy do |policy|
    policy.default_src :self
    policy.script_src :self
    policy.img_src :self, :data
    policy.object_src :none
    policy.base_uri :none
    policy.frame_ancestors :none
  end
  # For the import map, which has to be in the page.
  config.content_security_policy_nonce_generator = ->(_request) { SecureRandom.base64(16) }
  config.content_security_policy_nonce_directives = %w[script-src]
end
