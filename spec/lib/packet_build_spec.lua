-- Building packets: what was taken apart is put together again, byte for byte; what is left out is filled in; what is
-- wrong is named.
local core = require "netlua.core"
local packet = require "netlua.packet"
local golden = require "spec.support.golden"

local A, B = "02:00:5e:00:53:01", "02:00:5e:00:53:02"
local ip = { src = "192.0.2.1", dst = "192.0.2.2" }
local ip6 = { src = "2001:db8::1", dst = "2001:db8::2" }

local function refused(field, layers)
  local ok, err = pcall(packet.build, layers)
  assert.is_false(ok)
  assert.matches("packet.build: " .. field:gsub("%p", "%%%0"), tostring(err))
end

describe("packet.build", function()
  for _, name in ipairs(golden.names) do
    it("gives back every packet of " .. name .. ".pcap", function()
      local packets, linktype = golden.read(name)
      for _, whole in ipairs(packets) do
        for _, size in ipairs { #whole.data, #whole.data - 1, #whole.data // 2, 1 } do
          local data = whole.data:sub(1, size)
          local p = core.packet(data, linktype)
          assert.equal(data, packet.build(p:table()))
          assert.equal(linktype, packet.make(p:table()).linktype)
        end
      end
    end)
  end

  it("fills in lengths, checksums and what is next", function()
    local p = packet.make { eth = { src = A, dst = B }, ip = ip, udp = { src_port = 1, dst_port = 2 }, payload = "abc" }
    assert.equal(0x0800, p.eth.type)
    assert.equal(17, p.ip.proto)
    assert.equal(31, p.ip.len)
    assert.equal(64, p.ip.ttl)
    assert.equal(11, p.udp.len)
    assert.is_true((p:verify()))
    assert.equal(2, select(2, p:verify()).checked)
    assert.equal("abc", p.udp.payload)
    assert.same({}, p:problems())
  end)

  it("takes the version from the addresses", function()
    local p = packet.make { eth = {}, ip = ip6, tcp = { sport = 1, dport = 80, flags = "S" } }
    assert.equal(6, p.ip.version)
    assert.equal(0x86dd, p.eth.type)
    assert.is_true((p:verify()))
    assert.equal("IP6 2001:db8::1.1 > 2001:db8::2.80: Flags [S], seq 0, win 64240, length 0", tostring(p))
  end)

  it("leaves what is given as it is, even if it is wrong", function()
    local p = packet.make {
      ip = { src = "192.0.2.1", dst = "192.0.2.2", len = 9999, checksum = 1 }, udp = { src_port = 1, dst_port = 2, checksum = 7 },
    }
    assert.equal(9999, p.ip.len)
    assert.equal(1, p.ip.checksum)
    assert.equal(7, p.udp.checksum)
  end)

  it("lets the lengths and checksums of an edited packet follow", function()
    local packets, linktype = golden.read "udp"
    local t = core.packet(packets[1].data, linktype):table()
    t.ip.ttl = 3
    t.payload = t.payload .. "more"
    local p = packet.make(t)
    assert.equal(3, p.ip.ttl)
    assert.equal(22, p.udp.len)
    assert.is_true((p:verify()))
  end)

  it("leaves a checksum to the network card when told so, and reads it back", function()
    local layers = { eth = {}, ip = ip, tcp = { sport = 1, dport = 2, flags = "S", checksum = "partial" } }
    local p = packet.make(layers)
    local sound, list = p:verify()
    assert.is_true(sound)
    assert.equal("partial", list[1].verdict)
    assert.equal("partial", p:table().tcp.checksum)
    assert.equal(p.data, packet.build(p:table()))
  end)

  it("knows the usual order, tunnels and all", function()
    local function order(layers) return packet.make(layers):layers() end
    assert.same({ "eth", "vlan", "vlan2", "ip", "icmp" },
      order { icmp = { type = "echo request" }, ip = ip, vlan2 = { id = 2 }, vlan = { id = 1 }, eth = {} })
    assert.same({ "eth", "ip", "udp", "vxlan", "eth2", "ip2", "tcp" }, order {
      eth = {}, ip = ip, udp = { sport = 1, dport = 4789 }, vxlan = { vni = 5 }, eth2 = {}, ip2 = ip,
      tcp = { sport = 1, dport = 9, flags = "S" },
    })
    assert.same({ "eth", "ip", "gre", "ip2", "icmp" },
      order { eth = {}, ip = ip, gre = { key = 7 }, ip2 = ip6 and ip, icmp = { type = "echo reply" } })
    assert.same({ "ip", "ip2", "udp", "dns" },
      order { ip = ip, ip2 = ip, udp = { sport = 1, dport = 53 }, dns = { questions = { { name = "a.example" } } } })
  end)

  it("takes another order when it is told", function()
    local p = packet.make {
      layers = { "eth", "vlan", "arp" }, eth = {}, vlan = { id = 7 },
      arp = { op = "request", sender_ip = "192.0.2.1", target_ip = "192.0.2.2", sender_mac = A },
    }
    assert.same({ "eth", "vlan", "arp" }, p:layers())
    assert.equal("ARP, Request who-has 192.0.2.2 tell 192.0.2.1, length 28", tostring(p))
  end)

  it("takes a packet or a table as the payload, for what an error quotes", function()
    local probe = packet.make { ip = ip, udp = { sport = 1, dport = 33434 } }
    for _, payload in ipairs { probe, { ip = ip, udp = { sport = 1, dport = 33434 } }, probe.data } do
      local p = packet.make {
        ip = { src = "192.0.2.254", dst = "192.0.2.1" },
        icmp = { type = "destination unreachable", reason = "port unreachable" }, payload = payload,
      }
      assert.equal(3, p.icmp.code)
      assert.equal(33434, p.icmp.inner.udp.dport)
      assert.equal("IP 192.0.2.254 > 192.0.2.1: ICMP 192.0.2.2 udp port 33434 unreachable, length 36", tostring(p))
    end
  end)

  it("writes TCP options by name, aligned", function()
    local p = packet.make { ip = ip, tcp = { sport = 1, dport = 2, flags = "S", options = { mss = 1400, wscale = 3, sackOK = true } } }
    assert.same({ "mss", "sackOK", "nop", "wscale", "eol", mss = 1400, wscale = 3, sackOK = true }, p.tcp.options)
    assert.equal(32, p.tcp.header_len)
  end)

  it("writes IPv6 extension headers with their padding", function()
    local p = packet.make {
      ip = { src = "2001:db8::1", dst = "ff02::16", ttl = 1, ext = { { type = "hop-by-hop", options = { { type = 5, data = "\0\0" } } } } },
      icmp6 = { type = "multicast listener report v2", records = { { type = 4, group = "ff02::1:3" } } },
    }
    assert.equal(0, p.ip.next_header)
    assert.equal(58, p.ip.proto)
    assert.is_true((p:verify()))
    assert.equal("IP6 2001:db8::1 > ff02::16: HBH ICMP6, multicast listener report v2, 1 group record(s), length 28", tostring(p))
  end)

  it("writes DNS, DHCP and HTTP from plain fields", function()
    local answer = packet.make {
      ip = ip, udp = { sport = 53, dport = 40000 }, dns = {
        id = 5, response = true, rd = true, ra = true, questions = { { name = "www.example.org", type = "AAAA" } },
        answers = { { name = "www.example.org", type = "AAAA", ttl = 60, address = "2001:db8::7" } },
      },
    }
    assert.equal("IP 192.0.2.1.53 > 192.0.2.2.40000: 5 1/0/0 AAAA 2001:db8::7 (61)", tostring(answer))
    local discover = packet.make {
      eth = { src = A }, ip = { src = "0.0.0.0", dst = "255.255.255.255" }, udp = { sport = 68, dport = 67 },
      dhcp = { xid = 1, client_mac = A, message_type = "discover", hostname = "h1" },
    }
    assert.equal("discover", discover.dhcp.message_type)
    assert.equal("h1", discover.dhcp.hostname)
    assert.same({}, discover:problems())
    local get = packet.make {
      ip = ip, tcp = { sport = 1, dport = 80, flags = "P.", seq = 1, ack = 1 }, http = { target = "/x", headers = { host = "web" } },
    }
    assert.equal("GET /x HTTP/1.1\r\nhost: web\r\n\r\n", get.tcp.payload)
  end)

  it("names the field that is wrong", function()
    refused("ip.dst: expected an IPv4 address, got '192.0.2.300'", { ip = { src = "192.0.2.1", dst = "192.0.2.300" } })
    refused("ip.ttl: expected an integer from 0 to 255, got 256", { ip = { src = "192.0.2.1", dst = "192.0.2.2", ttl = 256 } })
    refused("ip.ttl: expected an integer", { ip = { src = "192.0.2.1", dst = "192.0.2.2", ttl = "x" } })
    refused("ip.src: is missing", { ip = { dst = "192.0.2.2" } })
    refused("ip.tll: there is no such field", { ip = { src = "192.0.2.1", dst = "192.0.2.2", tll = 1 } })
    refused("icmp.type_number: cannot be set", { ip = ip, icmp = { type = 8, type_number = 8 } })
    refused("udp.src_port: is missing", { ip = ip, udp = {} })
    refused("tcp.flags: is missing", { ip = ip, tcp = { sport = 1, dport = 2 } })
    refused("tcp.flags: expected letters", { ip = ip, tcp = { sport = 1, dport = 2, flags = "X" } })
    refused("eth.src: expected an address", { eth = { src = "02:00" } })
    refused("ipp: there is no layer", { ipp = {} })
    refused("layers: there is no layer called 'x'", { layers = { "x" } })
    refused("eth: expected a table", { eth = "x" })
    refused("payload: expected", { eth = {}, payload = 5 })
    refused("expected a table of layers, got nothing", nil)
    refused("linktype: expected an integer", { linktype = "ethernet" })
    refused("udp.len: the packet is too long", { udp = { sport = 1, dport = 2 }, payload = ("x"):rep(65530) })
    refused("f: expected a table, a string, a number or a boolean, got a function", { eth = { f = print } })
    local function with(field, value)
      return { ip = { src = "192.0.2.1", dst = "192.0.2.2", [field] = value } }
    end
    refused("ip.options: expected a list", with("options", "\1\1\1\1"))
    refused("ip.flags: expected df, mf or rf = true, got 'DF'", with("flags", { DF = true }))
    refused("ip.flags: expected df, mf or rf = true, got 'a list'", with("flags", { "df" }))
    refused("dns.questions: expected a list", { udp = { sport = 1, dport = 53 }, dns = { questions = "example.org" } })
    refused("ospf.neighbors: expected a list", { ip = ip, ospf = { neighbors = "192.0.2.1" } })
    local function options(of) return { ip = ip, tcp = { sport = 1, dport = 2, flags = "S", options = of } } end
    refused("tcp.options: there is no option called 'window'", options { mss = 1460, window = 7 })
    refused("tcp.options.sack: expected a list", options { sack = 5 })
    refused("tcp.options.ts: expected a table", options { ts = 5 })
    refused("layers: expected a list of names", { layers = "eth" })
    refused("data: expected a string", { data = 5 })
    local deep = {}
    deep.eth = deep
    refused("eth: tables are nested too deeply", deep)
  end)
end)
