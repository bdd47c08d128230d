-- Chapter 5: TCP. A handshake, data and acknowledgements, a loss that is mended, a close on both sides.
--
--   a ── 192.0.2.0/24 ── b
--
-- Watch the sequence numbers: each side counts its own bytes, and says how many of the other's it has.
--
--   3. A loss
--      the same segment, sent again after 205 ms
--   …
--   Verdict: all 10 checks hold.
--
-- Exercises: 1. Drop every SYN at b: how often, and after which times, does a try again within four seconds? 2. Let b close
-- while a still sends: which flag does a hear?
local netlua = require "netlua"
local report = require("netlua.report").chapter "ch5_tcp"

report:title "Chapter 5: TCP"
report:drawing "a ── 192.0.2.0/24 ── b"
local lab <close> = netlua.lab("tcp", { family = "inet" })
local a, b = lab:host "a", lab:host "b"
lab:link(a, b, { net = "192.0.2.0/24" })
lab:build()
local listener <close> = b:listen(80)

-- Runs both sides at once; gives what b has read.
local function talk(at_a)
  return netlua.all {
    function()
      local connection = listener:accept { timeout = 10 }
      local text = connection:read "*a"
      connection:close()
      return text
    end,
    function()
      local connection = a:connect(b, 80)
      at_a(connection)
      connection:close()
    end,
  }[1]
end
local function say(connection, text)
  connection:write(text)
  connection:flush()
end

report:step "A conversation"
report:command("nc -l 80        (b)", "nc 192.0.2.2 80 (a)", "tcpdump -n -i eth0 tcp")
local capture <close> = a:capture("eth0", "tcp")
local text = talk(function(connection) say(connection, "hello") end)
report:check("the bytes arrive", text == "hello", text)
netlua.expect.sequence(capture, { { tcp = { flags = "S" } }, { tcp = { flags = "S." } }, { tcp = { flags = "P." } } })
report:show(tostring(capture:ladder()))
local seen = capture:packets()

report:step "What the ladder says"
report:check("SYN, SYN and ACK, ACK: both sides have named their first number",
  seen[1].tcp.flags == "S" and seen[2].tcp.flags == "S." and seen[3].tcp.flags == ".", seen)
report:check("the answer acknowledges the SYN: it counts as one byte", seen[2].tcp.ack == (seen[1].tcp.seq + 1) & 0xffffffff, seen[2])
local data
for _, packet in ipairs(seen) do
  if packet.tcp.flags == "P." and packet.ip.src == "192.0.2.1" then data = data or packet end
end
report:check("the data begins where the SYN ended", data ~= nil and data.tcp.seq == seen[2].tcp.ack, data)
local acknowledged, fins = false, {}
for _, packet in ipairs(seen) do
  acknowledged = acknowledged or (packet.ip.src == "192.0.2.2" and packet.tcp.ack == (data.tcp.seq + 5) & 0xffffffff)
  if packet.tcp.flags:find "F" then fins[packet.ip.src] = true end
end
report:check("b says that it has five bytes more", acknowledged, seen)
report:check("each side closes its own direction: two FINs", fins["192.0.2.1"] and fins["192.0.2.2"], seen)

report:step "A loss"
report:say "b's filter drops the first segment that has data, and lets everything after it through."
local lossy <close> = a:capture("eth0", "tcp")
b:nft [[
  table ip filter {
    chain input {
      type filter hook prerouting priority -300;
      tcp dport 80 tcp flags & psh == psh limit rate over 1/hour burst 1 packets accept
      tcp dport 80 tcp flags & psh == psh drop
    }
  }
]]
-- a stays until b has it: a FIN behind the lost segment would tell of the loss at once.
local function sent_twice() return #lossy:select { tcp = { flags = "P." } } >= 2 end
local again = talk(function(connection)
  say(connection, "once more")
  netlua.wait(sent_twice, { timeout = 5, what = "the segment again" })
end)
report:check("the bytes arrive all the same", again == "once more", again)
local copies = lossy:select { tcp = { flags = "P." } }
local lines = netlua.packet.lines(lossy:packets())
for i, packet in ipairs(lossy:packets()) do
  if packet.tcp.flags == "P." then report:show(lines[i]) end
end
report:check("the same segment was sent twice", #copies >= 2 and copies[1].tcp.seq == copies[2].tcp.seq, copies)
report:show(("the same segment, sent again after %.0f ms"):format((copies[2].ts - copies[1].ts) * 1000))
report:say "Nothing told a of the loss: its timer ran out, which is 200 ms at least."

report:step "Nobody there"
local refused, err = pcall(a.connect, a, b, 81)
report:check("a port that nobody has answers with a reset: ECONNREFUSED", not refused and err.code == "ECONNREFUSED", err)
local account = netlua.why(a, b, { proto = "tcp", port = 81 })
report:show(account)
report:check("because nobody listens", account.verdict == "nobody listens", account)

return report:verdict()
