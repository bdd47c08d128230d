-- Ladders: what is drawn, in three forms. Held against captures of a lab with a router and a translator.
local netlua = require "netlua"
local core = require "netlua.core"
local columns = require "netlua.columns"

local function fails(...)
  local ok, err = pcall(...)
  assert.is_false(ok)
  assert.is_true(core.is_error(err), tostring(err))
  return err
end

local function lines_of(text)
  local lines = {}
  for line in text:gmatch "[^\n]+" do lines[#lines + 1] = line end
  return lines
end

describe("ladder", function()
  local lab, a, r, b

  setup(function()
    lab = netlua.lab "ladder"
    a, r, b = lab:host "a", lab:router "r", lab:host "b"
    lab:link(a, r, { net = "192.0.2.0/24" })
    lab:link(r, b, { net = "198.51.100.0/24" })
    lab:build()
    a:ping(b, { count = 1 })
  end)
  teardown(function() lab:close() end)

  it("draws two participants with what they said between them", function()
    local capture <close> = a:capture("eth0", "icmp")
    a:ping(b, { count = 1 })
    local lines = lines_of(tostring(capture:ladder { width = 100 }))
    assert.equal(3, #lines)
    assert.matches("^ +a +b$", lines[1])
    assert.matches("^   0.000000 ├[─]+ ICMP echo request, id %d+, seq 1, length 64 [─]+▶$", lines[2])
    assert.matches("^   0.00%d+ ◀[─]+ ICMP echo reply, id %d+, seq 1, length 64 [─]+┤$", lines[3])
    assert.equal(utf8.len(lines[2]), utf8.len(lines[3]))
  end)

  it("counts a conversation's bytes from its start, and leaves out what stands in every segment", function()
    local listener <close> = b:listen(7)
    local capture <close> = a:capture("eth0", "tcp")
    netlua.all {
      function()
        local c <close> = listener:accept { timeout = 5 }
        c:read "*a"
      end,
      function()
        local c <close> = a:connect(b, 7, { family = "inet" })
        c:write "hello"
      end,
    }
    local text = tostring(capture:ladder { width = 150 })
    assert.matches("TCP %d+ > 7 %[S%], seq %d+, win %d+, options %[mss 1460,sackOK,wscale %d+%], length 0 ", text)
    assert.matches("TCP %d+ > 7 %[P%.%], seq 1:6, ack 1, win %d+, length 5", text)
    assert.matches("TCP 7 > %d+ %[F%.%], seq 1, ack 7, win %d+, length 0 ", text)
    assert.falsy(text:find("TS val", 1, true), text)
    assert.matches(", seq 1:6, ack 1, ", capture:ladder():svg(), 1, true)
  end)

  it("names the nodes of a lab by addresses that were not drawn, too", function()
    b.addr:add("198.51.100.77/24", "eth0")
    local capture <close> = r:capture("eth1", "icmp")
    a:ping "198.51.100.77"
    assert.same({ "a", "r", "b" }, capture:ladder().names)
    -- Link-local addresses are nobody's in the drawing either.
    local near <close> = r:capture("eth0", "icmp6[0] == 128 or icmp6[0] == 129")
    local own
    for _, link in ipairs(r.addr:list { dev = "eth0" }) do
      for _, info in ipairs(link.addr_info) do own = info.scope == "link" and info["local"] or own end
    end
    assert.equal(1, a:ping(own .. "%eth0").received)
    assert.same({ "a", "r" }, near:ladder().names)
    b.addr:del("198.51.100.77/24", "eth0")
  end)

  it("fits into the width it is given", function()
    local capture <close> = netlua.capture.start({ a, r, b }, "icmp")
    a:ping(b, { count = 1 })
    for _, width in ipairs { 20, 40, 60, 80, 120, 200 } do
      for _, line in ipairs(lines_of(tostring(capture:ladder { width = width }))) do
        assert.is_true(utf8.len(line) <= math.max(width, 40), ("%d columns: %s"):format(width, line))
      end
    end
  end)

  it("makes one row of one packet at several places, with what changed", function()
    local capture <close> = netlua.capture.start({ { a, "eth0" }, r, { b, "eth0" } }, "icmp")
    a:ping(b, { count = 1 })
    assert.equal(8, #capture:packets())
    local ladder = capture:ladder { width = 200 }
    assert.equal(2, #ladder.flows)
    assert.same({ "a", "r", "b" }, ladder.names)
    local lines = lines_of(tostring(ladder))
    assert.equal(5, #lines)
    assert.matches("├───────●───────▶  ICMP echo request", lines[2])
    assert.matches("r eth1: ttl 64→63, src mac [%x:]+→[%x:]+, dst mac [%x:]+→[%x:]+$", lines[3])
    assert.matches("◀───────●───────┤  ICMP echo reply", lines[4])
  end)

  it("shows address translation", function()
    -- As a translator leaves it: other addresses and another identifier, the same packet.
    local function packet(ttl, src, id, opts)
      local ip = string.pack(">BBI2I2I2BBI2", 0x45, 0, 28, 4711, 0x4000, ttl, 1, 0)
        .. core.ip_parse(src) .. core.ip_parse "198.51.100.1"
      local macs = ("\2\0\0\0\0\1"):rep(2)
      return core.packet(macs .. "\8\0" .. ip .. string.pack(">BBI2I2I2", 8, 0, 0, id, 1), 1, opts)
    end
    local ladder = require("netlua.ladder").new({
      packet(64, "192.0.2.1", 7, { ts_ns = 1000, node = "a", ifname = "eth0" }),
      packet(63, "203.0.113.1", 9, { ts_ns = 2000, node = "gw", ifname = "eth1" }),
      packet(63, "203.0.113.1", 9, { ts_ns = 1002000, node = "gw", ifname = "eth1" }), -- seen there before: another one
    }, { width = 200 })
    assert.equal(2, #ladder.flows)
    local text = tostring(ladder)
    assert.matches("gw eth1: ttl 64→63, src 192.0.2.1→203.0.113.1, id 7→9", text, 1, true)
  end)

  it("sends what is for everybody to those who saw it", function()
    local capture <close> = netlua.capture.start({ { a, "eth0" }, r }, "arp")
    a:ping("192.0.2.200", { count = 1, deadline = 0.1 })
    local ladder = capture:ladder { width = 100 }
    assert.matches("├[─]+ ARP, Request who%-has 192.0.2.200 tell 192.0.2.1 [─]+▶", tostring(ladder))
    assert.is_nil(ladder.flows[1].dst)
  end)

  it("colours only when asked or looked at", function()
    local capture <close> = a:capture("eth0", "icmp")
    a:ping(b, { count = 1 })
    assert.is_nil(tostring(capture:ladder { colour = false }):find "\27")
    assert.matches("\27%[32m.*\27%[m", tostring(capture:ladder { colour = true }))
  end)

  it("has a Mermaid form", function()
    local capture <close> = a:capture("eth0", "icmp")
    a:ping(b, { count = 1 })
    local lines = lines_of(capture:ladder():mermaid())
    assert.equal("sequenceDiagram", lines[1])
    assert.equal("  participant p1 as a", lines[2])
    assert.equal("  participant p2 as b", lines[3])
    assert.matches("^  p1%->>p2: 0.000000 ICMP echo request, id %d+, seq 1, length 64$", lines[4])
    assert.matches("^  p2%->>p1: 0.%d+ ICMP echo reply", lines[5])
  end)

  it("has an SVG form that is well-formed", function()
    local capture <close> = netlua.capture.start({ { a, "eth0" }, r, { b, "eth0" } }, "icmp")
    a:ping(b, { count = 1 })
    local path = os.tmpname() .. ".svg"
    capture:ladder():save(path)
    local pipe = assert(io.popen(
      ("python3 -c 'import sys, xml.dom.minidom as x; d = x.parse(sys.argv[1]); " ..
      "print(len(d.getElementsByTagName(\"text\")))' %s"):format(path)))
    local count = tonumber(pipe:read "a")
    pipe:close()
    os.remove(path)
    assert.equal(3 + 2 * 3, count) -- names; a clock, a label and a change for each of two rows
  end)

  it("escapes what a packet brings along", function()
    local ladder = require("netlua.ladder").new({
      core.packet("\2\0\0\0\0\1\2\0\0\0\0\2\x88\xb5", 1, { ts_ns = 1, node = 'a<b>&"#;', ifname = "e" }) })
    assert.is_nil(ladder:svg():find("a<b>", 1, true))
    assert.is_nil(ladder:mermaid():match "a<b>")
    assert.matches("%(no packets%)", tostring(require("netlua.ladder").new {}))
  end)

  it("is straight with names of any script, and with names that are none", function()
    local eth = "\2\0\0\0\0\1\2\0\0\0\0\2\x88\xb5"
    local back = "\2\0\0\0\0\2\2\0\0\0\0\1\x88\xb5"
    for _, name in ipairs { "東京", "e\u{301}te\u{301}", "\xff\xfe\27[31m", "日本語のとても長い名前のホスト" } do
      local ladder = require("netlua.ladder").new({
        core.packet(eth, 1, { ts_ns = 1, node = name }), core.packet(back, 1, { ts_ns = 2, node = "b" }) },
        { width = 80, colour = false })
      local lines = lines_of(tostring(ladder))
      for i = 2, #lines do assert.equal(columns.width(lines[2]), columns.width(lines[i])) end
      for _, line in ipairs(lines) do
        assert.is_true(columns.width(line) <= 80)
        assert.is_nil(line:find "%c")
      end
      ladder:svg()
      ladder:mermaid()
    end
  end)

  it("names misuse", function()
    local capture <close> = a:capture("eth0", "icmp")
    assert.equal("options", fails(capture.ladder, capture, { wdith = 1 }).field)
    assert.equal("width", fails(capture.ladder, capture, { width = 0 }).field)
    local ladder = capture:ladder()
    assert.matches("No such file", fails(ladder.save, ladder, "/nonexistent/x").message)
  end)
end)
