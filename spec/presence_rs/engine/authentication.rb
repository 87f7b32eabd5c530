# frozen_string_literal: true

# A gem that comes after presence_rs in the Gemfile and says who makes a request, as an application in the specs sees it.
class Authentication < Rails::Railtie
  initializer("authentication") { |app| app.middleware.use(Authentication::Middleware) }

  class Middleware
    def initialize(app)
      @app = app
    end

    def call(env)
      @app.call(env.merge!("gem.user" => "gem"))
    end
  end
end
