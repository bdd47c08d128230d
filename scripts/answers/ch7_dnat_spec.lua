-- Answers to the exercises of ch7_dnat.lua.
local netlua = require "netlua"

describe("ch7_dnat", function()
  local lab, client, gateway, server
  before_each(function()
    lab = netlua.lab("dnat", { family = "inet" })
    client, gateway, server = lab:host("client", { gateway = false }), lab:router "gateway", lab:host "server"
    lab:link(client, gateway, { net = "203.0.113.0/24" })
    lab:link(gateway, server, { net = "192.0.2.0/24" })
    lab:build()
  end)
  after_each(function() lab:close() end)

  -- Listens at the server's port; gives what a connection to the gateway's outer address and port hears.
  local function hear(from, port, inner)
    local listener <close> = server:listen(inner)
    return netlua.all {
      function()
        local ok, connection = pcall(from.connect, from, gateway:addr_of "eth0", port, { timeout = 0.5 })
        if not ok then return connection.code end
        local line = connection:read "*l"
        connection:close()
        return line
      end,
      function()
        local connection = listener:accept { timeout = 1 }
        if not connection then return end
        connection:write "hello\n"
        connection:flush()
        connection:close()
      end,
    }[1]
  end

  it("1. a second rule, a second door", function()
    gateway:nft [[
      table ip nat {
        chain prerouting {
          type nat hook prerouting priority dstnat;
          iifname "eth0" tcp dport { 8080, 2222 } dnat to 192.0.2.1 : tcp dport map { 8080 : 80, 2222 : 22 }
        }
      }
    ]]
    assert.equal("hello", hear(client, 8080, 80))
    assert.equal("hello", hear(client, 2222, 22))
  end)

  it("2. the answer would go past the gateway, from an address that was never asked; masquerading it mends that", function()
    gateway:nft [[
      table ip nat {
        chain prerouting {
          type nat hook prerouting priority dstnat;
          ip daddr 203.0.113.254 tcp dport 8080 dnat to 192.0.2.1:80
        }
      }
    ]]
    assert.equal("ETIMEDOUT", hear(server, 8080, 80))
    gateway:nft [[
      table ip nat {
        chain postrouting {
          type nat hook postrouting priority srcnat;
          ip saddr 192.0.2.0/24 ip daddr 192.0.2.1 masquerade
        }
      }
    ]]
    assert.equal("hello", hear(server, 8080, 80))
  end)
end)
