# frozen_string_literal: true

module ApplicationHelper
  # Where pages find the modules that they import by name: an import map written by hand, as
  # there is no importmap-rails here. Ours and Action Cable's come with their gems.
  def import_map
    names = { "@rails/actioncable" => "actioncable.esm.js", "presence_rs" => "presence_rs.js",
              "presence_rs/peers" => "presence_rs/peers.js" }
    %w[cable cameras cheers dom http_presence old_way people start typing].each { |name| names[name] = "#{name}.js" }
    json = { imports: names.transform_values { |file| asset_path(file) } }.to_json
    tag.script(json.html_safe, type: "importmap", nonce: content_security_policy_nonce)
  end

  # The module of this page, by name. Without the Link header that Rails sends for it: that would
  # make the browser load the module before it has the map, and then the map comes too late.
  def page_module(name)
    content_for(:module) { javascript_include_tag(name, type: "module", preload_links_header: false) }
  end

  # Cookies belong to a host name, and this machine has two of them: so one browser can be two people.
  def address_of_somebody_else
    other = { "127.0.0.1" => "localhost", "localhost" => "127.0.0.1" }[request.host]
    root_url(host: other) if other
  end
end
