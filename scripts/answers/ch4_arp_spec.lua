-- Answers to the exercises of ch4_arp.lua.
local netlua = require "netlua"

describe("ch4_arp", function()
  local lab, pc, router
  before_each(function()
    lab = netlua.lab "arp"
    pc, router = lab:host "pc", lab:router "router"
    lab:link(pc, router, { net = { "192.0.2.0/24", "2001:db8:1::/64" } })
    lab:build()
  end)
  after_each(function() lab:close() end)

  it("1. three questions, a second apart; then ping says Destination Host Unreachable", function()
    local capture <close> = router:capture("eth0", "arp")
    local lost = pc:ping("192.0.2.77", { count = 1, timeout = 6 })
    assert.matches("From 192.0.2.1 icmp_seq=1 Destination Host Unreachable", tostring(lost), 1, true)
    local questions = 0
    for _, packet in ipairs(capture:packets()) do
      if packet.arp.op == "request" and packet.arp.target_ip == "192.0.2.77" then questions = questions + 1 end
    end
    assert.equal(3, questions)
  end)

  it("2. over IPv6 neighbour discovery asks, at the multicast group of the address", function()
    local capture <close> = router:capture("eth0", "icmp6")
    assert.equal(1, pc:ping(router, { count = 1, family = "inet6" }).received)
    local ask
    for _, packet in ipairs(capture:packets()) do
      if packet.icmp6 and packet.icmp6.type == "neighbor solicitation" then ask = ask or packet end
    end
    assert.equal("ff02::1:ff00:fe", ask.ip6.dst)
    assert.equal("33:33:ff:00:00:fe", ask.eth.dst)
  end)
end)
