-- Packets as values: fields of every protocol, faults, and every prefix of every golden packet.
local core = require "netlua.core"
local golden = require "spec.support.golden"

local function packet(name, n)
  local packets, linktype = golden.read(name)
  return core.packet(packets[n].data, linktype, { ts_ns = packets[n].ts_ns, len = packets[n].len })
end

describe("a packet", function()
  it("knows when and how long it was, and its bytes", function()
    local packets = golden.read "icmp"
    local p = packet("icmp", 1)
    assert.equal(1700000000.123456, p.ts)
    assert.equal(1700000000123456000, p.ts_ns)
    assert.equal(98, p.len)
    assert.equal(98, p.caplen)
    assert.equal(packets[1].data, p.data)
    assert.equal(1, p.linktype)
    assert.same({ "eth", "ip", "icmp" }, p:layers())
  end)

  it("has nil for a layer that is not there", function()
    local p = packet("icmp", 1)
    assert.is_nil(p.tcp)
    assert.is_nil(p.ip6)
    assert.is_nil(p.ip2)
    assert.is_nil(p:layer "arp")
  end)

  it("refuses a layer that does not exist at all", function()
    local p = packet("icmp", 1)
    local ok, err = pcall(p.layer, p, "tpc")
    assert.is_false(ok)
    assert.matches("'tpc'", tostring(err))
  end)

  it("tells where it was seen", function()
    local p = core.packet("x", 1, { ifname = "eth0", node = "h1", comment = "here" })
    assert.equal("eth0", p.ifname)
    assert.equal("h1", p.node)
    assert.equal("here", p.comment)
    p.comment = "there"
    assert.equal("there", p.comment)
    assert.is_nil(core.packet("x", 1).ifname)
  end)

  it("lets nothing but its comment be set", function()
    local p = packet("icmp", 1)
    local ok, err = pcall(function() p.ip = {} end)
    assert.is_false(ok)
    assert.matches("comment", tostring(err))
  end)

  it("refuses arguments of the wrong kind and names them", function()
    for _, case in ipairs {
      { "data", {}, 1 }, { "linktype", "x", "ethernet" }, { "linktype", "x", -1 }, { "len", "xx", 1, { len = 1 } },
      { "ts", "x", 1, { ts = "now" } }, { "lenght", "x", 1, { lenght = 5 } },
    } do
      local ok, err = pcall(core.packet, case[2], case[3], case[4])
      assert.is_false(ok)
      assert.matches(case[1], tostring(err))
    end
  end)

  it("is equal to one with the same bytes", function()
    assert.is_true(packet("icmp", 1) == packet("icmp", 1))
    assert.is_false(packet("icmp", 1) == packet("icmp", 2))
  end)
end)

describe("fields", function()
  it("of Ethernet and ARP", function()
    local p = packet("arp", 1)
    assert.equal("02:00:5e:00:53:01", p.eth.src)
    assert.equal("ff:ff:ff:ff:ff:ff", p.eth.dst)
    assert.equal(0x0806, p.eth.type)
    assert.equal("request", p.arp.op)
    assert.equal("192.0.2.1", p.arp.sender_ip)
    assert.equal("192.0.2.2", p.arp.target_ip)
    assert.equal("02:00:5e:00:53:01", p.arp.sender_mac)
    assert.equal("reply", packet("arp", 2).arp.op)
    assert.equal(3, packet("arp", 6).arp.op)
  end)

  it("of IPv4 and an echo request", function()
    local p = packet("icmp", 1)
    assert.equal(4, p.ip.version)
    assert.equal("192.0.2.1", p.ip.src)
    assert.equal("192.0.2.2", p.ip.dst)
    assert.equal(64, p.ip.ttl)
    assert.equal(1, p.ip.proto)
    assert.equal(4242, p.ip.id)
    assert.equal(84, p.ip.len)
    assert.same({ df = true, mf = false }, p.ip.flags)
    assert.is_true(p.ip.df)
    assert.equal("echo request", p.icmp.type)
    assert.equal(8, p.icmp.type_number)
    assert.equal(1234, p.icmp.id)
    assert.equal(1, p.icmp.seq)
    assert.equal(56, #p.icmp.payload)
  end)

  it("of what an ICMP error quotes", function()
    local p = packet("icmp", 5)
    assert.equal("time exceeded", p.icmp.type)
    assert.equal("ttl exceeded", p.icmp.reason)
    assert.equal("198.51.100.1", p.icmp.inner.ip.dst)
    assert.equal(33434, p.icmp.inner.udp.dst_port)
    assert.same({}, p.icmp.inner:problems())
    assert.is_nil(packet("icmp", 1).icmp.inner)
  end)

  it("of IPv6 and neighbour discovery", function()
    local packets = golden.read "icmp6"
    local seen
    for i = 1, #packets do
      local p = packet("icmp6", i)
      if p.icmp6.type == "neighbor solicitation" then seen = seen or p end
    end
    assert.equal(6, seen.ip.version)
    assert.equal(255, seen.ip.ttl)
    assert.equal(255, seen.ip6.hop_limit)
    assert.equal("2001:db8::2", seen.icmp6.target)
    assert.equal("02:00:5e:00:53:01", seen.icmp6.source_mac)
    assert.same({ { type = 1, name = "source link-address", mac = "02:00:5e:00:53:01" } }, seen.icmp6.options)
  end)

  it("of TCP with options", function()
    local p = packet("tcp", 1)
    assert.equal("S", p.tcp.flags)
    assert.equal(40000, p.tcp.src_port)
    assert.equal(9999, p.tcp.dport)
    assert.equal(1000, p.tcp.seq)
    assert.same({
      "mss", "sackOK", "ts", "nop", "wscale", mss = 1460, sackOK = true, ts = { val = 100, ecr = 0 }, wscale = 7,
    }, p.tcp.options)
    assert.equal("S.", packet("tcp", 2).tcp.flags)
    assert.equal("hello world", packet("tcp", 4).tcp.payload)
  end)

  it("can be walked through", function()
    local keys = {}
    for key, value in pairs(packet("udp", 1).udp) do keys[key] = value end
    assert.equal(9999, keys.dst_port)
    assert.is_nil(keys.dport) -- only another name
  end)

  it("are all in a layer's text", function()
    assert.equal('udp { src_port = 40000, dst_port = 9999, len = 18, checksum = ' .. packet("udp", 1).udp.checksum .. " }",
      tostring(packet("udp", 1).udp))
  end)

  it("of an inner packet are reached with a number", function()
    local packets = golden.read "ip4"
    for i = 1, #packets do
      local p = packet("ip4", i)
      if p.ip2 and p.ip2.version == 4 then
        assert.equal("198.51.100.1", p.ip2.src)
        assert.same({ "eth", "ip", "ip2", "udp" }, p:layers())
        return
      end
    end
    error "no packet with an inner one"
  end)
end)

describe("faults", function()
  it("are told for each layer", function()
    local data = packet("icmp", 1).data
    local cut = core.packet(data:sub(1, 30), 1, { len = #data })
    assert.same({ { layer = "ip", problem = "cut off by the capture" } }, cut:problems())
    assert.is_true(cut:truncated())
    assert.equal("192.0.2.1", cut.ip.src)
    assert.is_nil(cut.ip.dst)
    assert.same({}, packet("icmp", 1):problems())
  end)

  it("in checksums are found, and unfinished ones told as such", function()
    local sound, list = packet("udp", 1):verify()
    assert.is_true(sound)
    assert.same({ checked = 2 }, list)
    sound, list = packet("udp", 5):verify()
    assert.is_false(sound)
    assert.equal("udp", list[1].layer)
    assert.equal("wrong", list[1].verdict)
    assert.equal(0x1234, list[1].checksum)
    sound, list = packet("udp", 4):verify()
    assert.is_true(sound)
    assert.equal("off", list[1].verdict)
  end)

  -- The wrong layers of the golden packet `i` of route.pcap when the byte `at` behind its IP header is another.
  local function wrong_with(i, at)
    local p = packet("route", i)
    local where = 14 + (p.ip.version == 6 and 40 or 20) + at + 1
    local data = p.data:sub(1, where - 1) .. string.char(p.data:byte(where) ~ 1) .. p.data:sub(where + 1)
    local _, list = core.packet(data, 1):verify()
    local names = {}
    for k, found in ipairs(list) do names[k] = found.layer .. " " .. found.verdict end
    return table.concat(names, ", ")
  end

  it("in OSPF's checksum are found, which leaves the authentication out", function()
    for _, i in ipairs { 11, 12, 13 } do -- version 2 without and with a password, version 3
      local sound, list = packet("route", i):verify()
      assert.is_true(sound)
      assert.equal(i == 13 and 1 or 2, list.checked)
      assert.equal("ospf wrong", wrong_with(i, 5))
      assert.equal("ospf wrong", wrong_with(i, 27))
      assert.equal(i == 13 and "ospf wrong" or "", wrong_with(i, 17))
    end
  end)

  it("in GRE's checksum are found, which is over what it carries, too", function()
    local sound, list = packet("route", 16):verify()
    assert.is_true(sound)
    assert.equal(2, list.checked)
    assert.equal("gre wrong", wrong_with(16, 3))
    assert.equal("gre wrong", wrong_with(16, 30))
  end)
end)

describe("every prefix of every golden packet", function()
  for _, name in ipairs(golden.names) do
    it("of " .. name .. ".pcap is read without an error", function()
      local packets, linktype = golden.read(name)
      for _, whole in ipairs(packets) do
        for size = 0, #whole.data do
          -- Once cut off by the capture, once short on the wire.
          for _, len in ipairs { #whole.data, size } do
            local p = core.packet(whole.data:sub(1, size), linktype, { len = len })
            local text = p:line { e = true, v = true, t = false }
            assert(#text < 16384, "a line without an end")
            p:problems()
            p:verify()
            -- What such a table builds is packet_build_spec's business.
            if len == size then assert(#p:table().layers <= size) end
          end
        end
      end
    end)
  end
end)

describe("fields of what bridges, routers and services say", function()
  local function find(name, layer, test)
    local packets = golden.read(name)
    for i = 1, #packets do
      local p = packet(name, i)
      if p[layer] and (not test or test(p[layer])) then return p end
    end
    error("no such packet in " .. name)
  end

  it("VLAN tags", function()
    local p = find("eth", "vlan2")
    assert.equal(0x88a8, p.eth.type)
    assert.equal(100, p.vlan.id)
    assert.equal(200, p.vlan2.id)
    assert.equal(5, p.vlan2.pcp)
    assert.is_true(p.vlan2.dei)
    assert.same({ "eth", "vlan", "vlan2", "ip", "udp" }, p:layers())
  end)

  it("spanning tree and LLDP", function()
    local p = find("lan", "stp")
    assert.equal("config", p.stp.type)
    assert.equal("8000.02:00:5e:00:53:01", p.stp.root)
    assert.equal(2.0, p.stp.hello_time)
    p = find("lan", "lldp")
    assert.equal("02:00:5e:00:53:01", p.lldp.chassis_id)
    assert.equal("eth0", p.lldp.port_id)
    assert.equal(120, p.lldp.ttl)
    assert.equal("switch-1", p.lldp.system_name)
    assert.same({ bridge = true }, p.lldp.capabilities)
    assert.equal("192.0.2.1", p.lldp.management_address)
    assert.equal(9, #p.lldp.tlvs)
  end)

  it("IGMP and OSPF", function()
    local p = find("route", "igmp", function(l) return l.type == "v3 report" end)
    assert.equal("to_ex", p.igmp.records[1].name)
    assert.same({ "192.0.2.7" }, p.igmp.records[2].sources)
    p = find("route", "ospf")
    assert.equal("hello", p.ospf.type)
    assert.equal("192.0.2.254", p.ospf.router_id)
    assert.equal(10, p.ospf.hello_interval)
    assert.equal(40, p.ospf.dead_interval)
    assert.same({ "192.0.2.253", "192.0.2.252" }, p.ospf.neighbors)
    p = find("route", "ospf", function(l) return l.version == 3 end)
    assert.equal(7, p.ospf.interface)
    assert.same({ "192.0.2.253" }, p.ospf.neighbors)
  end)

  it("tunnels", function()
    local p = find("route", "gre", function(l) return l.key end)
    assert.equal(42, p.gre.key)
    assert.equal(9, p.gre.seq)
    assert.equal("2001:db8::1", p.ip2.src)
    p = find("route", "vxlan")
    assert.equal(100, p.vxlan.vni)
    assert.equal("02:00:5e:00:53:02", p.eth2.src)
    assert.equal(5, p.tcp.seq)
  end)

  it("DNS", function()
    local p = find("dns", "dns")
    assert.equal("www.example.org", p.dns.name)
    assert.equal("A", p.dns.type)
    assert.is_false(p.dns.response)
    p = find("dns", "dns", function(l) return l.response end)
    assert.same({
      { name = "www.example.org", type = "CNAME", class = "IN", ttl = 60, target = "web.example.org" },
      { name = "web.example.org", type = "A", class = "IN", ttl = 60, address = "192.0.2.2" },
    }, p.dns.answers)
    p = find("dns", "dns", function(l) return l.rcode == "NXDOMAIN" end)
    assert.equal("ns.example.org", p.dns.authorities[1].primary)
    assert.equal("SRV", find("dns", "dns", function(l) return l.type == "SRV" and l.response end).dns.answers[1].type)
    assert.is_truthy(find("dns", "tcp").dns)
  end)

  it("DHCP", function()
    local p = find("dhcp", "dhcp")
    assert.equal("discover", p.dhcp.message_type)
    assert.equal("02:00:5e:00:53:01", p.dhcp.client_mac)
    p = find("dhcp", "dhcp", function(l) return l.message_type == "offer" end)
    assert.equal("192.0.2.100", p.dhcp.your_ip)
    assert.equal("192.0.2.254", p.dhcp.router)
    assert.same({ "192.0.2.53", "192.0.2.54" }, p.dhcp.dns)
    assert.equal(3600, p.dhcp.lease_time)
  end)

  it("DHCPv6", function()
    local p = find("dhcp", "dhcp6", function(l) return l.type == "reply" end)
    assert.equal(0xabcdef, p.dhcp6.xid)
    local ia
    for _, option in ipairs(p.dhcp6.options) do
      if option.name == "ia_na" then ia = option end
    end
    assert.equal("2001:db8::100", ia.options[1].address)
    assert.equal(400, ia.options[1].valid)
    assert.equal("fe80::5eff:fe00:5301", find("dhcp", "dhcp6", function(l) return l.hops end).dhcp6.peer_address)
  end)

  it("HTTP", function()
    local p = find("http", "http")
    assert.equal("GET", p.http.method)
    assert.equal("/index.html?q=1", p.http.target)
    assert.equal("HTTP/1.1", p.http.version)
    assert.equal("web", p.http.headers.host)
    p = find("http", "http", function(l) return l.status end)
    assert.equal(200, p.http.status)
    assert.equal("OK", p.http.reason)
    assert.equal("hello", p.http.body)
  end)
end)
