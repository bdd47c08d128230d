-- Answers to the exercises of ch6_dhcp.lua.
local netlua = require "netlua"

describe("ch6_dhcp", function()
  local lab, server, clients

  -- Two clients at one switch with a server that is told `options`.
  local function build(...)
    lab = netlua.lab("dhcp", { family = "inet" })
    local switch = lab:switch "switch"
    server, clients = lab:host "server", { lab:host "c1", lab:host "c2" }
    lab:link(switch, server, { net = "192.0.2.0/24" })
    for _, client in ipairs(clients) do lab:link(switch, client) end
    lab:build()
    for _, client in ipairs(clients) do client.addr:flush "eth0" end
    server:spawn({ "dnsmasq", "--no-daemon", "--port=0", "--conf-file=/dev/null", "--user=root", "--pid-file=", "--no-ping",
      "--dhcp-leasefile=/dev/null", ... }):wait_port(67, { proto = "udp", timeout = 10 })
  end
  after_each(function() lab:close() end)

  local function ask(client)
    return client:run("mount -t tmpfs none /mnt && printf '#!/bin/sh\\necho $1 $ip\\n' > /mnt/lease && chmod +x /mnt/lease && "
      .. "udhcpc -i eth0 -n -q -f -t 2 -T 1 -s /mnt/lease", { shell = true, timeout = 30 })
  end

  it("1. --dhcp-host ties an address to a MAC", function()
    build("--dhcp-range=192.0.2.100,192.0.2.150,1h", "--dhcp-host=02:00:00:03:00:00,192.0.2.123")
    assert.equal("02:00:00:03:00:00", clients[1].link:get("eth0").address)
    assert.matches("bound 192.0.2.123", ask(clients[1]).stdout, 1, true)
  end)

  it("2. the second one hears nothing: there is no offer, and it gives up", function()
    build "--dhcp-range=192.0.2.100,192.0.2.100,1h"
    assert.matches("bound 192.0.2.100", ask(clients[1]).stdout, 1, true)
    local second = ask(clients[2])
    assert.not_matches("bound", second.stdout, 1, true)
    assert.not_equal(0, second.code)
  end)
end)
