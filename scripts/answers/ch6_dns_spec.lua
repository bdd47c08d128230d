-- Answers to the exercises of ch6_dns.lua.
local netlua = require "netlua"

describe("ch6_dns", function()
  local lab, client, ns
  before_each(function()
    lab = netlua.lab("dns", { family = "inet" })
    client, ns = lab:host "client", lab:host "ns"
    lab:link(client, ns, { net = "192.0.2.0/24" })
    lab:build()
    local server = ns:spawn { "dnsmasq", "--no-daemon", "--no-hosts", "--no-resolv", "--conf-file=/dev/null", "--user=root",
      "--pid-file=", "--local=/example.test/", "--host-record=www.example.test,198.51.100.80,2001:db8::80" }
    server:wait_port(53, { proto = "udp", timeout = 10 })
  end)
  after_each(function() lab:close() end)

  local function dig(...) return client:run { "dig", "@192.0.2.2", "+short", "+tries=1", "+time=5", ... } end

  it("1. a record for IPv6", function()
    assert.equal("2001:db8::80\n", dig("www.example.test", "AAAA").stdout)
  end)

  it("2. over TCP a handshake comes first, and the question has a length in front", function()
    local capture <close> = ns:capture("eth0", "port 53")
    assert.equal("198.51.100.80\n", dig("+tcp", "www.example.test").stdout)
    netlua.expect.sequence(capture, { { tcp = { flags = "S" } }, { tcp = { flags = "S." } }, { tcp = { flags = "P." } } })
    netlua.expect.never(capture, { udp = {} })
  end)
end)
