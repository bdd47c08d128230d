-- Answers to the exercises of ch7_snat.lua.
local netlua = require "netlua"

describe("ch7_snat", function()
  local lab, hosts, gateway, web
  before_each(function()
    lab, hosts = netlua.lab("snat", { family = "inet" }), {}
    local switch = lab:switch "switch"
    gateway, web = lab:router "gateway", lab:host("web", { gateway = false })
    lab:link(switch, gateway, { net = "192.0.2.0/24" })
    lab:link(gateway, web, { net = "203.0.113.0/24" })
    for i = 1, 2 do
      hosts[i] = lab:host("h" .. i)
      lab:link(switch, hosts[i])
    end
    lab:build()
  end)
  after_each(function() lab:close() end)

  local function nat(what)
    gateway:nft(([[
      table ip nat {
        chain postrouting {
          type nat hook postrouting priority srcnat;
          oifname "eth1" %s
        }
      }
    ]]):format(what))
  end

  it("1. the second one's port is another: the pair of address and port must tell them apart", function()
    nat "masquerade"
    local server <close> = web:udp(9000)
    local ports = {}
    for _, host in ipairs(hosts) do
      local socket <close> = host:udp(4000)
      socket:send("hello", web, 9000)
      local _, address, port = server:receive { timeout = 5 }
      assert.equal("203.0.113.254", address)
      ports[#ports + 1] = port
    end
    assert.equal(4000, ports[1])
    assert.not_equal(4000, ports[2])
  end)

  it("2. the gateway must have that address, or nobody answers for it", function()
    nat "snat to 203.0.113.200"
    assert.equal(0, hosts[1]:ping(web, { count = 1, timeout = 0.3 }).received)
    gateway.addr:add("203.0.113.200/24", "eth1")
    assert.equal(1, hosts[1]:ping(web, { count = 1, timeout = 5 }).received)
  end)
end)
