# frozen_string_literal: true

# Only who goes to a page has their session's cookie written anew. The answer to what a page asks in the background may come
# after a sign-out, and would bring the cookie back.
class BackgroundRequests
  def initialize(app)
    @app = app
  end

  def call(env)
    mode = env["HTTP_SEC_FETCH_MODE"]
    ActionDispatch::Request.new(env).session_options[:skip] = true unless mode.nil? || mode == "navigate"
    @app.call(env)
  end
end
