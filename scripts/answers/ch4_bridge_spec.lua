-- Answers to the exercises of ch4_bridge.lua.
local netlua = require "netlua"

describe("ch4_bridge", function()
  local lab, switch, a, b, c, links
  before_each(function()
    lab, links = netlua.lab("bridge", { family = "inet" }), {}
    switch, a, b, c = lab:switch "switch", lab:host "a", lab:host "b", lab:host "c"
    for _, host in ipairs { a, b, c } do
      links[host] = lab:link(switch, host, host == a and { net = "192.0.2.0/24" } or nil)
    end
    lab:build()
    a:ping(b, { count = 1 })
  end)
  after_each(function() lab:close() end)

  it("1. with b's cable pulled the switch forgets it: what is sent to b goes to every port that is left", function()
    local capture <close> = c:capture("eth0", "icmp")
    links[b]:cut()
    assert.equal(0, a:ping(b, { count = 1, timeout = 0.3 }).received)
    assert.equal("echo request", capture:packets()[1].icmp.type)
  end)

  it("2. what is not heard of for ageing_time is forgotten", function()
    local mac = b.link:get("eth0").address
    local function knows()
      for _, entry in ipairs(switch.fdb:list()) do
        if entry.mac == mac and entry.master == "br0" then return true end
      end
    end
    assert.is_true(knows())
    switch.link:set("br0", { type = "bridge", ageing_time = 100 }) -- in hundredths of a second, as ip has it
    netlua.wait(function() return not knows() end, { timeout = 20, what = "the switch to forget b" })
  end)
end)
