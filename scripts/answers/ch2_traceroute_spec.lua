-- Answers to the exercises of ch2_traceroute.lua.
local netlua = require "netlua"

describe("ch2_traceroute", function()
  local lab, pc, server, nodes
  before_each(function()
    lab = netlua.lab("path", { family = "inet" })
    pc, server = lab:host "pc", lab:host "server"
    nodes = { pc }
    for i = 1, 9 do nodes[#nodes + 1] = lab:router("r" .. i) end
    nodes[#nodes + 1] = server
    for i = 2, #nodes do
      lab:link(nodes[i - 1], nodes[i], i == #nodes and { net = "198.51.100.0/24" } or nil)
    end
    lab:build()
  end)
  after_each(function() lab:close() end)

  it("1. an echo reply to ICMP, and a reset to TCP, as nobody listens on port 80", function()
    local capture <close> = server:capture("eth0", "src 198.51.100.1 and (icmp or tcp)")
    assert.is_true(pc:traceroute(server, { method = "icmp" }).reached)
    assert.is_true(pc:traceroute(server, { method = "tcp" }).reached)
    local echoes, resets = 0, 0
    for _, packet in ipairs(capture:packets()) do
      if packet.icmp and packet.icmp.type == "echo reply" then echoes = echoes + 1 end
      if packet.tcp and packet.tcp.flags:find "R" then resets = resets + 1 end
    end
    assert.equal(3, echoes)
    assert.equal(3, resets)
  end)

  it("2. r4 and r5 by turns, up to the last TTL; and ping says Time to live exceeded", function()
    local r4, r5 = nodes[5], nodes[6]
    r5.route:replace("198.51.100.0/24", { via = r4:address("inet", r5) })
    local path = pc:traceroute(server, { queries = 1, max_ttl = 12 })
    assert.is_false(path.reached)
    assert.equal(12, #path.hops)
    for ttl = 5, 12 do
      local node = ttl % 2 == 1 and r5 or r4
      local own = {}
      for _, iface in ipairs(node.ifaces) do own[node:addr_of(iface.name)] = true end
      assert.is_true(own[path.hops[ttl].addr], tostring(path))
    end
    assert.matches("Time to live exceeded", tostring(pc:ping(server)))
  end)
end)
