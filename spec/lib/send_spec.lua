-- ns:send: what is built goes out on the wire and is answered; refusals name the interface.
local support = require "spec.support"
local packet = require "netlua.packet"
local root_it = support.root_it

-- Two namespaces on one wire; b answers.
local function pair()
  local a, b = support.netns "a", support.netns "b"
  a.link:add("eth0", { type = "veth", peer = { name = "eth0", netns = b } })
  a.link:set("eth0", { up = true })
  b.link:set("eth0", { up = true })
  b.addr:add("192.0.2.2/24", "eth0")
  return a, b, (b.core:send_address "eth0")
end

local function echo(dst)
  return {
    eth = { dst = dst }, ip = { src = "192.0.2.1", dst = "192.0.2.2" }, icmp = { type = "echo request", id = 7, seq = 9 },
    payload = "hello",
  }
end

describe("ns:send", function()
  root_it("does not send what nobody would take: a packet without a frame", function()
    local a, b = pair()
    local capture <close> = b:capture("eth0", "arp")
    local err = support.raises(a.send, a, "eth0", { arp = { op = "request", target_ip = "192.0.2.2", sender_ip = "192.0.2.1" } })
    assert.matches("send: eth: is missing: eth0 is an Ethernet", tostring(err), 1, true)
    assert.equal(0, #capture:packets())
  end)

  root_it("puts a built packet on the wire, with the interface's own address", function()
    local a, b, mac = pair()
    local capture <close> = b:capture("eth0", "icmp")
    assert.equal(1, a:send("eth0", echo(mac)))
    local p = capture:wait({ icmp = { type = "echo request" } }, { timeout = 5 })
    assert.equal((a.core:send_address "eth0"), p.eth.src)
    assert.equal("hello", p.icmp.payload)
    assert.is_true((p:verify()))
  end)

  root_it("is answered by the other kernel", function()
    local a, b, mac = pair()
    b.neigh:replace("192.0.2.1", { lladdr = (a.core:send_address "eth0"), dev = "eth0", nud = "permanent" })
    local capture <close> = a:capture("eth0", "icmp")
    a:send("eth0", echo(mac))
    local p = capture:wait({ icmp = { type = "echo reply" } }, { timeout = 5 })
    assert.equal(9, p.icmp.seq)
  end)

  root_it("sends again what was captured and changed", function()
    local a, b, mac = pair()
    local capture <close> = b:capture("eth0", "icmp")
    a:send("eth0", echo(mac))
    local t = capture:wait({ icmp = { type = "echo request" } }, { timeout = 5 }):table()
    t.icmp.seq = 10
    t.ip.ttl = 3
    a:send("eth0", t)
    local p = capture:wait({ icmp = { type = "echo request", seq = 10 } }, { timeout = 5 })
    assert.equal(3, p.ip.ttl)
    assert.is_true((p:verify()))
  end)

  root_it("sends a list in order: tables, packets and bytes", function()
    local a, b, mac = pair()
    local capture <close> = b:capture("eth0", "udp")
    local function probe(port)
      return { eth = { dst = mac }, ip = { src = "192.0.2.1", dst = "192.0.2.2" }, udp = { sport = 1, dport = port } }
    end
    assert.equal(3, a:send("eth0", { probe(101), packet.make(probe(102)), packet.build(probe(103)) }))
    capture:wait({ udp = { dst_port = 103 } }, { timeout = 5 })
    local ports = {}
    for i, p in ipairs(capture:packets()) do ports[i] = p.udp.dst_port end
    assert.same({ 101, 102, 103 }, ports)
    assert.equal(0, a:send("eth0", {}))
  end)

  root_it("finishes checksums left for a network card, unless told not to", function()
    local a, b, mac = pair()
    local capture <close> = b:capture("eth0", "udp")
    local function unfinished(port)
      return packet.make {
        eth = { dst = mac }, ip = { src = "192.0.2.1", dst = "192.0.2.2" }, udp = { sport = 1, dport = port, checksum = "partial" },
      }
    end
    a:send("eth0", unfinished(101))
    a:send("eth0", unfinished(102), { finish = false })
    local finished = capture:wait({ udp = { dst_port = 101 } }, { timeout = 5 })
    assert.same({ checked = 2 }, select(2, finished:verify()))
    local left = capture:wait({ udp = { dst_port = 102 } }, { timeout = 5 })
    assert.equal("partial", select(2, left:verify())[1].verdict)
  end)

  root_it("tells what the kernel refuses, and where", function()
    local a = pair()
    local ok, err = pcall(a.send, a, "eth9", "x")
    assert.is_false(ok)
    assert.equal("ENODEV", err.code)
    assert.matches("a: send eth9", tostring(err))
    ok, err = pcall(a.send, a, "eth0", ("x"):rep(3000))
    assert.is_false(ok)
    assert.equal("EMSGSIZE", err.code)
    a.link:set("eth0", { up = false })
    ok, err = pcall(a.send, a, "eth0", echo "02:00:00:00:00:01")
    assert.is_false(ok)
    assert.equal("ENETDOWN", err.code)
  end)

  root_it("refuses what is no packet and names it", function()
    local a = pair()
    assert.matches("send: packets: expected a packet", tostring(support.raises(a.send, a, "eth0", nil)))
    for field, arguments in pairs {
      ifname = { "", "x" }, packet = { "eth0", 5 }, ["ip.dst"] = { "eth0", { eth = {}, ip = { src = "192.0.2.1", dst = "x" } } },
      options = { "eth0", "x", { finsh = true } }, finish = { "eth0", "x", { finish = 1 } },
    } do
      local ok, err = pcall(a.send, a, table.unpack(arguments))
      assert.is_false(ok)
      assert.matches(field, tostring(err), 1, true)
    end
  end)

  root_it("refuses a closed namespace", function()
    local a = pair()
    a:close()
    local ok, err = pcall(a.send, a, "eth0", "x")
    assert.is_false(ok)
    assert.matches("closed", tostring(err))
  end)
end)
