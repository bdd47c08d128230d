-- Answers to the exercises of ch1_layers.lua.
local netlua = require "netlua"

describe("ch1_layers", function()
  local lab, client, web
  before_each(function()
    lab = netlua.lab "layers"
    client, web = lab:host "client", lab:host "web"
    lab:link(client, web, { net = { "192.0.2.0/24", "2001:db8:1::/64" } })
    lab:build()
  end)
  after_each(function() lab:close() end)

  -- The packet that carries the request for this page.
  local function ask(target, family)
    local request = ("GET %s HTTP/1.1\r\nHost: web\r\n\r\n"):format(target)
    local listener = web:listen(80, { ip = family == "inet6" and "::" or nil })
    local capture <close> = web:capture("eth0", "tcp port 80")
    netlua.all {
      function()
        local peer = listener:accept()
        for _ = 1, 3 do peer:read "*l" end
        peer:close()
      end,
      function()
        local connection = client:connect(web, 80, { family = family })
        connection:write(request)
        connection:flush()
        connection:read "*l"
        connection:close()
      end,
    }
    listener:close()
    for _, packet in ipairs(capture:packets()) do
      if packet.http and packet.http.method then return packet, #request end
    end
  end

  it("1. only http grows: the others add their headers, as long as before", function()
    local short, short_size = ask "/index.html"
    local long, long_size = ask "/a/page/with/a/longer/name.html"
    assert.equal(20, long_size - short_size)
    assert.equal(20, long.len - short.len)
    assert.equal(14 + 20 + 32, long.len - long_size)
  end)

  it("2. IP changes: its header has 40 bytes; TCP and HTTP do not notice", function()
    local four, size4 = ask("/index.html", "inet")
    local six, size6 = ask("/index.html", "inet6")
    assert.equal(4, four.ip.version)
    assert.equal(6, six.ip.version)
    assert.equal(20, six.len - four.len)
    assert.equal(four.tcp.header_len, six.tcp.header_len)
    assert.equal(size4, size6)
    assert.equal(four.http.target, six.http.target)
  end)
end)
