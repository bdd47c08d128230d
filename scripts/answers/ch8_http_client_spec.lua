-- Answers to the exercises of ch8_http_client.lua.
local netlua = require "netlua"

describe("ch8_http_client", function()
  local lab, client, web
  before_each(function()
    lab = netlua.lab("http", { family = "inet" })
    client, web = lab:host "client", lab:host "web"
    lab:link(client, web, { net = "192.0.2.0/24" })
    lab:build()
    web:spawn("mount -t tmpfs none /mnt && cd /mnt && echo hello > hello.txt && exec python3 -m http.server 80",
      { shell = true }):wait_port(80, { timeout = 20 })
  end)
  after_each(function() lab:close() end)

  local function ask(...)
    local connection = client:connect(web, 80)
    for _, line in ipairs { ... } do connection:write(line, "\r\n") end
    connection:write "\r\n"
    connection:flush()
    local answer = connection:read "*a"
    connection:close()
    return answer
  end

  it("1. the body is missing, its length is not", function()
    local answer = ask("HEAD /hello.txt HTTP/1.1", "Host: web", "Connection: close")
    assert.matches("Content%-[Ll]ength: 6\r\n", answer)
    assert.matches("\r\n\r\n$", answer)
  end)

  it("2. RFC 9112 asks for status 400; this server does not look and answers 200", function()
    assert.matches("^HTTP/1%.%d 200 ", ask("GET /hello.txt HTTP/1.1", "Connection: close"))
  end)
end)
