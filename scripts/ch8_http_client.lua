-- Chapter 8: an HTTP request by hand (RFC 9112): lines, an empty line, and what comes back.
--
--   client ── 192.0.2.0/24 ── web
--
-- Watch that HTTP is text over a TCP connection: what curl sends can be typed.
--
--   2. A request in three lines
--      > GET /hello.txt HTTP/1.1
--      > Host: web
--      < HTTP/1.0 200 OK
--   …
--   Verdict: all 6 checks hold.
--
-- Exercises: 1. Ask with HEAD instead of GET: what is missing in the answer? 2. Leave the Host line out and ask with
-- HTTP/1.1: what does RFC 9112 say, and what does this server do?
local netlua = require "netlua"
local report = require("netlua.report").chapter "ch8_http_client"

report:title "Chapter 8: an HTTP request by hand"
report:drawing "client ── 192.0.2.0/24 ── web"

report:step "A web server"
local lab <close> = netlua.lab("http", { family = "inet" })
local client, web = lab:host "client", lab:host "web"
lab:link(client, web, { net = "192.0.2.0/24" })
lab:build()
local page = "hello from web\n"
report:command "python3 -m http.server 80"
-- The node's own /mnt, in memory: nothing of it is left behind.
local server <close> = web:spawn("mount -t tmpfs none /mnt && cd /mnt && cat > hello.txt && exec python3 -m http.server 80",
  { shell = true, stdin = page })
server:wait_port(80, { timeout = 20 })

-- One request: its lines go out, the answer's head and body come back.
local function request(lines)
  local connection = client:connect(web, 80)
  for _, line in ipairs(lines) do
    report:show("> " .. line)
    connection:write(line, "\r\n")
  end
  connection:write "\r\n"
  connection:flush()
  local head = {}
  for line in connection:lines() do
    line = line:gsub("\r$", "")
    if line == "" then break end
    head[#head + 1] = line
    report:show("< " .. line)
  end
  local body = connection:read "*a"
  connection:close()
  return head, body
end

report:step "A request in three lines"
report:command "curl -v http://web/hello.txt"
local head, body = request { "GET /hello.txt HTTP/1.1", "Host: web", "Connection: close" }
report:show(body)
report:check("the status line says 200", head[1] ~= nil and head[1]:find "^HTTP/1%.%d 200 " ~= nil, head)
report:check("the body is the file", body == page, body)
local length
for _, line in ipairs(head) do length = length or line:match "^[Cc]ontent%-[Ll]ength: *(%d+)" end
report:check("Content-Length is its size", tonumber(length) == #page, length)

report:step "Asking for what is not there"
head = request { "GET /nothing HTTP/1.1", "Host: web", "Connection: close" }
report:check("the status line says 404", head[1] ~= nil and head[1]:find " 404 " ~= nil, head)

report:step "Asking somebody who does not speak HTTP"
local ok, err = pcall(client.connect, client, web, 81)
report:check("nobody listens on port 81: ECONNREFUSED", not ok and err.code == "ECONNREFUSED", err)
local account = netlua.why(client, web, { proto = "tcp", port = 81 })
report:show(account)
report:check("which is no matter of the network", account.verdict == "nobody listens", account)

return report:verdict()
