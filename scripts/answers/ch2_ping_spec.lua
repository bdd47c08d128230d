-- Answers to the exercises of ch2_ping.lua.
local netlua = require "netlua"

describe("ch2_ping", function()
  local lab, pc, server
  before_each(function()
    lab = netlua.lab("ping", { family = "inet" })
    pc, server = lab:host "pc", lab:host "server"
  end)
  after_each(function() lab:close() end)

  it("1. two: 2008 bytes of ICMP do not fit the MTU of 1500, so IP sends fragments", function()
    lab:link(pc, server, { net = "192.0.2.0/24" })
    lab:build()
    local capture <close> = server:capture("eth0", "icmp and src 192.0.2.1")
    assert.equal(1, pc:ping(server, { size = 2000 }).received)
    local seen = capture:packets()
    assert.equal(2, #seen)
    for _, packet in ipairs(seen) do assert.is_true(packet.len - 14 <= 1500) end
  end)

  it("2. on one cable it arrives; a router would say Time to live exceeded", function()
    local router = lab:router "router"
    lab:link(pc, router, { net = "192.0.2.0/24" })
    lab:link(router, server, { net = "198.51.100.0/24" })
    lab:build()
    assert.equal(1, pc:ping(router, { ttl = 1 }).received)
    local beyond = pc:ping(server, { ttl = 1 })
    assert.equal(0, beyond.received)
    assert.matches("From 192.0.2.254 icmp_seq=1 Time to live exceeded", tostring(beyond), 1, true)
  end)
end)
