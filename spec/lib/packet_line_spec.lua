-- Each golden packet's line against the real tcpdump's, in each form.
local core = require "netlua.core"
local packet = require "netlua.packet"
local support = require "spec.support"
local golden = require "spec.support.golden"

local forms = {
  { name = "plain", tcpdump = "", line = {} },
  { name = "-t", tcpdump = "-t", line = { t = false } },
  { name = "-e", tcpdump = "-e", line = { e = true } },
  { name = "-v", tcpdump = "-v", line = { v = true } },
  { name = "-ev", tcpdump = "-ev", line = { e = true, v = true } },
}

describe("packet:line", function()
  for _, name in ipairs(golden.names) do
    for _, form in ipairs(forms) do
      it(("is what tcpdump prints for %s.pcap, %s"):format(name, form.name), function()
        support.need(support.has "tcpdump", "no tcpdump to compare with")
        local packets, linktype = golden.read(name)
        local lines = {}
        for i, p in ipairs(packets) do
          lines[i] = core.packet(p.data, linktype, { ts_ns = p.ts_ns, len = p.len }):line(form.line)
        end
        -- -S: each packet stands alone, so that sequence numbers are absolute.
        assert.equal(golden.tcpdump(name, "-S " .. form.tcpdump), table.concat(lines, "\n") .. "\n")
      end)
    end
  end

  for _, name in ipairs(golden.names) do
    it("tells sequence numbers from a conversation's start, as tcpdump does for " .. name .. ".pcap", function()
      support.need(support.has "tcpdump", "no tcpdump to compare with")
      local packets, linktype = golden.read(name)
      for i, p in ipairs(packets) do packets[i] = core.packet(p.data, linktype, { ts_ns = p.ts_ns, len = p.len }) end
      assert.equal(golden.tcpdump(name, ""), table.concat(packet.lines(packets), "\n") .. "\n")
      assert.equal(golden.tcpdump(name, "-ev"), table.concat(packet.lines(packets, { e = true, v = true }), "\n") .. "\n")
    end)
  end

  -- As with a small snaplen: the link's and the network's header and the transport's beginning, to each of their bytes.
  for name, most in pairs { icmp = 35, udp = 39, tcp = 42, ip4 = 42, raw = 42 } do
    it("says of packets that are cut short what tcpdump says, for " .. name .. ".pcap", function()
      support.need(support.has "tcpdump", "no tcpdump to compare with")
      local packets, linktype = golden.read(name)
      local cut, lines = {}, {}
      for _, p in ipairs(packets) do
        for size = 1, math.min(#p.data - 1, most) do
          local short = { data = p.data:sub(1, size), len = p.len, ts_ns = p.ts_ns }
          cut[#cut + 1] = short
          lines[#lines + 1] = core.packet(short.data, linktype, { ts_ns = short.ts_ns, len = short.len }):line()
        end
      end
      assert.equal(golden.tcpdump_of(cut, linktype, "-S"), table.concat(lines, "\n") .. "\n")
    end)
  end

  it("refuses what is no stream", function()
    local p = core.packet("", 1)
    local ok, err = pcall(p.line, p, { stream = {} })
    assert.is_false(ok)
    assert.matches("stream", tostring(err))
  end)

  it("names the interface of a cooked capture when the packet knows it", function()
    local packets, linktype = golden.read "sll2"
    local line = core.packet(packets[1].data, linktype, { ifname = "eth0" }):line { t = false }
    assert.equal("eth0  In  IP 192.0.2.1 > 192.0.2.2: ICMP echo request, id 1, seq 1, length 16", line)
  end)

  it("has no time in front when the time is unknown", function()
    local packets, linktype = golden.read "arp"
    local line = tostring(core.packet(packets[1].data, linktype))
    assert.equal("ARP, Request who-has 192.0.2.2 tell 192.0.2.1, length 28", line)
  end)

  it("refuses what is no option and names it", function()
    local p = core.packet("", 1)
    local ok, err = pcall(p.line, p, { x = true })
    assert.is_false(ok)
    assert.matches("packet%.line", tostring(err))
    assert.matches("'x'", tostring(err))
  end)
end)
