-- Answers to the exercises of ch6_http.lua.
local netlua = require "netlua"

describe("ch6_http", function()
  local lab, client, web
  before_each(function()
    lab = netlua.lab("http", { family = "inet" })
    client, web = lab:host "client", lab:host "web"
    lab:link(client, web, { net = "192.0.2.0/24" })
    lab:build()
    web:spawn("mount -t tmpfs none /mnt && cd /mnt && echo hello > index.html && exec python3 -m http.server 80",
      { shell = true }):wait_port(80, { timeout = 20 })
  end)
  after_each(function() lab:close() end)

  it("1. the status line tells: 404", function()
    local answer = client:run { "curl", "-si", "http://web/nothing" }
    assert.matches("^HTTP/1%.%d 404 ", answer.stdout)
  end)

  it("2. two: the server speaks HTTP/1.0 and closes after each answer", function()
    local capture <close> = web:capture("eth0", "tcp port 80")
    assert.equal("hello\nhello\n", client:run({ "curl", "-s", "http://web/", "http://web/" }).stdout)
    netlua.expect.count(capture, { tcp = { flags = "S" } }, 2)
  end)
end)
