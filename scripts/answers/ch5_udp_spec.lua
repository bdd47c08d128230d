-- Answers to the exercises of ch5_udp.lua.
local netlua = require "netlua"

describe("ch5_udp", function()
  local lab, a, b, server, client
  before_each(function()
    lab = netlua.lab("udp", { family = "inet" })
    a, b = lab:host "a", lab:host "b"
    lab:link(a, b, { net = "192.0.2.0/24" })
    lab:build()
    server, client = b:udp(5000), a:udp(4000)
  end)
  after_each(function()
    server:close()
    client:close()
    lab:close()
  end)

  it("1. three fragments, of which the first has the ports", function()
    local capture <close> = b:capture("eth0", "ip")
    client:send(("x"):rep(3000), b, 5000)
    assert.equal(3000, #server:receive { timeout = 5 })
    local packets = capture:packets()
    assert.equal(3, #packets)
    assert.equal(5000, packets[1].udp.dst_port)
    assert.is_nil(packets[2].udp)
  end)

  it("2. it does: a datagram may be empty", function()
    client:send("", b, 5000)
    assert.equal("", (server:receive { timeout = 5 }))
  end)
end)
