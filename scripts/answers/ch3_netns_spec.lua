-- Answers to the exercises of ch3_netns.lua.
local netlua = require "netlua"

describe("ch3_netns", function()
  local ns1, ns2
  before_each(function()
    ns1, ns2 = netlua.netns.add "ns1", netlua.netns.add "ns2"
    ns1.link:add("eth0", { type = "veth", peer = { name = "eth0", netns = ns2 } })
    ns1.link:set("eth0", { up = true })
    ns2.link:set("eth0", { up = true })
    ns1.addr:add("192.0.2.1/24", "eth0")
  end)
  after_each(function()
    ns1:close()
    ns2:close()
  end)

  it("1. each side's routing table lacks the other's network", function()
    ns2.addr:add("198.51.100.2/24", "eth0")
    assert.equal("ENETUNREACH", ns1:ping("198.51.100.2", { count = 1 }).error.code)
    assert.equal("ENETUNREACH", ns2:ping("192.0.2.1", { count = 1 }).error.code)
    for _, route in ipairs(ns1.route:list()) do assert.not_equal("198.51.100.0/24", route.dst) end
  end)

  it("2. nothing is left in ns1, and ns2 keeps its end, whose peer is elsewhere now", function()
    local ns3 <close> = netlua.netns.add "ns3"
    ns1.link:set("eth0", { netns = ns3 })
    assert.error_matches(function() ns1.link:get "eth0" end, "No such device", 1, true)
    -- Moving takes an interface down and its addresses away: the other end loses its carrier.
    assert.equal(0, #ns3.addr:get("eth0").addr_info)
    netlua.wait(function() return ns2.link:get("eth0").operstate ~= "UP" end, { what = "ns2 to notice" })
  end)
end)
