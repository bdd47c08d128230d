-- Chapter 8: a protocol of one's own: messages in a stream of bytes.
--
--   client ── 192.0.2.0/24 ── server
--
-- TCP carries bytes, not messages. Watch two messages arrive in one piece and one message in two, and how a length in
-- front of each (two bytes, network byte order) parts them again.
--
--   4. A length in front
--      segments of 5, 14, 3002 bytes
--   …
--   Verdict: all 6 checks hold.
--
-- Exercises: 1. Add a byte for the kind of message, and an answer "error" for kinds that are not known. 2. What should a
-- server do when a length of 65535 is followed by silence?
local netlua = require "netlua"
local report = require("netlua.report").chapter "ch8_protocol"

report:title "Chapter 8: a protocol of one's own"
report:drawing "client ── 192.0.2.0/24 ── server"

local lab <close> = netlua.lab("protocol", { family = "inet" })
local client, server = lab:host "client", lab:host "server"
lab:link(client, server, { net = "192.0.2.0/24" })
lab:build()

report:step "Nobody there yet"
report:command "nc server 9999"
local early, err = pcall(client.connect, client, server, 9999)
report:check("a protocol needs somebody who listens: ECONNREFUSED", not early and err.code == "ECONNREFUSED", err)
report:show(netlua.why(client, server, { proto = "tcp", port = 9999 }))
local listener <close> = server:listen(9999)

-- Runs both sides at once; gives what the server's side returns.
local function talk(write, read)
  return netlua.all {
    function()
      local connection = listener:accept()
      local result = read(connection)
      connection:close()
      return result
    end,
    function()
      local connection = client:connect(server, 9999)
      write(connection)
      connection:close()
    end,
  }[1]
end

report:step "Without any form: bytes are bytes"
report:say "The client sends two messages; the server reads what there is."
local raw = talk(function(connection)
  connection:write("one", "two")
  connection:flush()
end, function(connection) return connection:read "*a" end)
report:show(("%q"):format(raw))
report:check("they have become one", raw == "onetwo", raw)

report:step "A line each"
report:say "A separator works as long as no message contains it. This one does."
local lines = talk(function(connection)
  connection:write("one\n", "two\nand more\n")
  connection:flush()
end, function(connection)
  local list = {}
  for line in connection:lines() do list[#list + 1] = line end
  return list
end)
report:show(table.concat(lines, " | "))
report:check("two messages have become three", #lines == 3, lines)

report:step "A length in front"
local capture <close> = server:capture("eth0", "tcp port 9999")
local function send(connection, message)
  connection:write(string.pack(">s2", message))
  connection:flush()
end
local function receive(connection)
  local head = connection:read(2)
  if not head or #head < 2 then return nil end
  return connection:read((string.unpack(">I2", head)))
end
local sent = { "one", "two\nand more", ("x"):rep(3000) }
local got = talk(function(connection)
  for _, message in ipairs(sent) do send(connection, message) end
end, function(connection)
  local list = {}
  for message in receive, connection do list[#list + 1] = message end
  return list
end)
report:check("three messages arrive as three", #got == 3, got)
report:check("each is what was sent", got[1] == sent[1] and got[2] == sent[2] and got[3] == sent[3], got)
local segments = {}
for _, packet in ipairs(capture:packets()) do
  if packet.ip.src == client:addr_of "eth0" and #(packet.payload or "") > 0 then segments[#segments + 1] = #packet.payload end
end
report:show("segments of " .. table.concat(segments, ", ") .. " bytes")
local bytes = 0
for _, n in ipairs(segments) do bytes = bytes + n end
report:check("the wire knows nothing of messages: 3021 bytes went over it", bytes == 3021, segments)

return report:verdict()
