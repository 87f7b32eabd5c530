# frozen_string_literal: true

# A small Rails app with every tag on its pages, a strict policy, and Turbo Drive; spec/system/tags_spec.rb drives it.
ENV["RAILS_ENV"] = "production"
require "rails"
require "action_controller/railtie"
require "action_view/railtie"
require "action_cable/engine"
require "propshaft"
require "presence_rs"

class TagsApp < Rails::Application
  config.root = __dir__
  config.load_defaults 7.1
  config.eager_load = false
  config.secret_key_base = "secret" * 20
  config.hosts.clear
  config.logger = ActiveSupport::Logger.new($stdout, level: Logger::WARN)
  config.assets.server = true
  config.assets.paths << File.expand_path("../../../../node_modules/@hotwired/turbo/dist", __dir__)
  config.action_cable.cable = { "adapter" => "async" }
  config.action_cable.disable_request_forgery_protection = true
  config.action_cable.connection_class = -> { TagsConnection }
  config.session_store :cookie_store, key: "_tags"
  config.cache_store = :memory_store

  config.content_security_policy do |policy|
    policy.default_src :none
    policy.script_src :self
    policy.style_src :self
    policy.connect_src :self
    policy.img_src :self
    policy.form_action :self
    policy.base_uri :none
  end
  config.content_security_policy_nonce_generator = ->(_request) { SecureRandom.base64(16) }
  config.content_security_policy_nonce_directives = %w[script-src style-src] # for the style of Turbo's progress bar

  config.presence_rs.store = :memory
  # The bots say nothing after their coming, and stay for an example, however long that takes.
  config.presence_rs.ttl = Float(ENV.fetch("PRESENCE_TTL", "120"))
  config.presence_rs.heartbeat = 10
  config.presence_rs.linger = Float(ENV.fetch("PRESENCE_LINGER", "0.3"))
  config.presence_rs.grace = Float(ENV.fetch("PRESENCE_GRACE", "1"))
  config.presence_rs.list_limit = Integer(ENV.fetch("LIST_LIMIT", "50"))
  config.presence_rs.identify { |request| request.session[:user] unless request.session[:connection] }
  config.presence_rs.authorize { |_request, topic, _action| topic != "secret" || PagesController.secret_open }

  routes.append do
    get "favicon.ico", to: ->(_env) { [204, {}, []] }
    get "enter", to: "pages#enter"
    get "bots", to: "pages#bots"
    get ":page", to: "pages#show"
  end
end

# Of some people only their connection tells who they are, as in an app that does not set config.identify.
class TagsConnection < ActionCable::Connection::Base
  identified_by :current_user

  def connect = self.current_user = request.session[:user]
end

class PagesController < ActionController::Base
  layout "page"
  singleton_class.attr_accessor :secret_open
  before_action { @me = session[:user] }

  def enter
    session[:user] = params[:as].presence
    session[:connection] = params[:by] == "connection"
    redirect_to params.fetch(:to, "/room"), allow_other_host: false
  end

  # Changes a topic as somebody elsewhere would.
  def bots
    topic = PresenceRs[params[:topic]]
    self.class.secret_open = params[:open] == "1" if params[:open]
    Array(params[:join]).each { |id| topic.join(id, meta: JSON.parse(params[:meta] || "{}").reverse_merge(name: id)) }
    Array(params[:leave]).each { |id| topic.leave(id) }
    topic.ids.each { |id| topic.leave_all(id) } if params[:out]
    render json: params[:version] ? topic.snapshot.version : topic.ids
  end

  def show
    render params[:page]
  end
end

TagsApp.initialize!
run TagsApp
