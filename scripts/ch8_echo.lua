-- Chapter 8: an echo server by hand, over TCP and over UDP (RFC 862).
--
--   client ── 192.0.2.0/24 ── server
--
-- Watch what TCP does before the first byte of yours is sent, and that UDP does nothing of the kind.
--
--   2. TCP: a stream of bytes
--      client says: hello
--      server says: hello
--   …
--   Verdict: all 6 checks hold.
--
-- Exercises: 1. Let the server answer in capitals. 2. Send two lines in one write: how many reads does the server need?
local netlua = require "netlua"
local report = require("netlua.report").chapter "ch8_echo"

report:title "Chapter 8: an echo server"
report:drawing "client ── 192.0.2.0/24 ── server"

report:step "Two hosts"
local lab <close> = netlua.lab("echo", { family = "inet" })
local client, server = lab:host "client", lab:host "server"
lab:link(client, server, { net = "192.0.2.0/24" })
lab:build()
local refused, err = pcall(client.connect, client, server, 7)
report:say "Nobody listens yet: the server's kernel answers a SYN with a reset."
report:check("a connection is refused: ECONNREFUSED", not refused and err.code == "ECONNREFUSED", err)
local account = netlua.why(client, server, { proto = "tcp", port = 7 })
report:show(account)
report:check("because nobody listens", account.verdict == "nobody listens", account)

report:step "TCP: a stream of bytes"
report:command("nc -l 7                     (server)", "nc server 7                 (client)")
local capture <close> = server:capture("eth0", "tcp port 7")
local listener <close> = server:listen(7)
-- Two tasks: each waits in its own lines, and both go on at once.
local said = netlua.all {
  function()
    local connection = listener:accept()
    for line in connection:lines() do
      connection:write(line, "\n")
      connection:flush()
    end
    connection:close()
  end,
  function()
    local connection = client:connect(server, 7)
    connection:write "hello\n"
    connection:flush()
    local line = connection:read "*l"
    connection:close()
    return line
  end,
}
report:show "client says: hello"
report:show("server says: " .. tostring(said[2]))
report:check("what was sent comes back", said[2] == "hello", said)
local ladder = capture:ladder()
report:show(tostring(ladder))
local packets = capture:packets()
report:check("three segments come before the first byte: SYN, SYN and ACK, ACK",
  packets[1].tcp.flags == "S" and packets[2].tcp.flags == "S." and packets[3].tcp.flags == ".", packets)

report:step "UDP: one datagram, one answer"
report:command("nc -u -l 7                  (server)", "nc -u server 7              (client)")
local datagrams <close> = server:capture("eth0", "udp port 7")
local service <close> = server:udp(7)
local socket <close> = client:udp()
socket:send("hello", server, 7)
local data, address, port = service:receive { timeout = 5 }
service:send(data, address, port)
local echoed = socket:receive { timeout = 5 }
report:check("the datagram comes back", echoed == "hello", echoed)
report:check("two packets are all there is", #datagrams:packets() == 2, datagrams:packets())

return report:verdict()
