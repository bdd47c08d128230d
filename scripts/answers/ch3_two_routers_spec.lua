-- Answers to the exercises of ch3_two_routers.lua.
local netlua = require "netlua"

describe("ch3_two_routers", function()
  local lab, ns1, r1, r2, ns2
  before_each(function()
    lab = netlua.lab("two-routers", { family = "inet", routes = false })
    ns1, r1, r2, ns2 = lab:host "ns1", lab:router "r1", lab:router "r2", lab:host "ns2"
    lab:link(ns1, r1, { net = "192.0.2.0/24" })
    lab:link(r1, r2, { net = "203.0.113.0/24" })
    lab:link(r2, ns2, { net = "198.51.100.0/24" })
    lab:build()
    ns1.route:add("default", { via = "192.0.2.254" })
    ns2.route:add("default", { via = "198.51.100.254" })
  end)
  after_each(function() lab:close() end)

  it("1. default routes to each other: known networks work, the rest goes in a circle", function()
    r1.route:add("default", { via = "203.0.113.2" })
    r2.route:add("default", { via = "203.0.113.1" })
    assert.equal(1, ns1:ping(ns2, { count = 1 }).received)
    -- An address of ns1's own network that nobody has never leaves it.
    assert.equal("nobody has that address", netlua.why(ns1, "192.0.2.77").verdict)
    local lost = ns1:ping("198.18.0.1", { count = 1, timeout = 0.5 })
    assert.matches("Time to live exceeded", tostring(lost), 1, true)
    assert.equal("routing loop", netlua.why(ns1, "198.18.0.1").verdict)
  end)

  it("2. a default route at each router is the shortest prefix of all", function()
    r1.route:add("0.0.0.0/0", { via = "203.0.113.2" })
    r2.route:add("0.0.0.0/0", { via = "203.0.113.1" })
    assert.equal(1, ns2:ping(ns1, { count = 1 }).received)
  end)
end)
