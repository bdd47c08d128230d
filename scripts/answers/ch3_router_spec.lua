-- Answers to the exercises of ch3_router.lua.
local netlua = require "netlua"

describe("ch3_router", function()
  local lab, ns1, router, ns2
  before_each(function()
    lab = netlua.lab("router", { family = "inet" })
    ns1, router, ns2 = lab:host "ns1", lab:router "router", lab:host "ns2"
    lab:link(ns1, router, { net = "192.0.2.0/24" })
    lab:link(router, ns2, { net = "198.51.100.0/24" })
    lab:build()
  end)
  after_each(function() lab:close() end)

  it("1. without ns2's default route the request arrives, and ns2 has no way to answer", function()
    ns2.route:del "default"
    local capture <close> = ns2:capture("eth0", "icmp")
    assert.equal(0, ns1:ping(ns2, { count = 1, timeout = 0.3 }).received)
    assert.equal("echo request", capture:packets()[1].icmp.type)
    local account = netlua.why(ns1, ns2)
    assert.equal("no reply path", account.verdict)
    assert.equal(ns2, account.at)
  end)

  it("2. with a TTL of 1 the router answers: Time to live exceeded", function()
    ns1:sysctl("net.ipv4.ip_default_ttl", 1)
    local reply = ns1:ping(ns2, { count = 1, timeout = 0.3 })
    assert.equal(0, reply.received)
    assert.matches("From 192.0.2.254 icmp_seq=1 Time to live exceeded", tostring(reply), 1, true)
  end)
end)
