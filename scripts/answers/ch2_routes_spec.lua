-- Answers to the exercises of ch2_routes.lua.
local netlua = require "netlua"

describe("ch2_routes", function()
  local lab, pc, gate, left, right
  before_each(function()
    lab = netlua.lab("routes", { family = "inet", routes = false })
    pc, gate, left, right = lab:host "pc", lab:router "gate", lab:router "left", lab:router "right"
    lab:link(pc, gate, { net = "192.0.2.0/24" })
    lab:link(gate, left, { net = "203.0.113.0/25", addr = { "203.0.113.1/25", "203.0.113.2/25" } })
    lab:link(gate, right, { net = "203.0.113.128/25", addr = { "203.0.113.129/25", "203.0.113.130/25" } })
    lab:build()
    pc.route:add("default", { via = "192.0.2.254" })
    for router, via in pairs { [left] = "203.0.113.1", [right] = "203.0.113.129" } do
      router.route:add("192.0.2.0/24", { via = via })
    end
  end)
  after_each(function() lab:close() end)

  it("1. the /32: nothing is longer; traceroute shows left", function()
    gate.route:add("198.51.100.128/25", { via = "203.0.113.130" })
    gate.route:add("198.51.100.200/32", { via = "203.0.113.2" })
    assert.equal("203.0.113.2", gate.route:get("198.51.100.200").gateway)
    assert.equal("203.0.113.130", gate.route:get("198.51.100.201").gateway)
    -- Behind left nothing is built here: it has no route, and says so.
    local path = pc:traceroute("198.51.100.200", { queries = 1 })
    assert.equal("203.0.113.2", path.hops[2].addr, tostring(path))
  end)

  it("2. the smaller metric is taken; the other when the first is gone, as with its link", function()
    gate.route:add("198.51.100.0/24", { via = "203.0.113.2", metric = 10 })
    gate.route:add("198.51.100.0/24", { via = "203.0.113.130", metric = 20 })
    assert.equal("203.0.113.2", gate.route:get("198.51.100.7").gateway)
    gate.link:set("eth1", { up = false })
    assert.equal("203.0.113.130", gate.route:get("198.51.100.7").gateway)
  end)
end)
