-- node:connect, node:listen, node:udp: sockets by hand, in nodes.
local netlua = require "netlua"

describe("sockets in nodes", function()
  local lab, a, b
  before_each(function()
    lab = netlua.lab "sockets"
    a, b = lab:host "a", lab:host "b"
    lab:link(a, b, { net = { "192.0.2.0/24", "2001:db8::/64" } })
    lab:build()
  end)
  after_each(function() lab:close() end)

  it("connect, listen, write and read, over both families", function()
    for _, family in ipairs { "inet", "inet6" } do
      local listener <close> = b:listen(7)
      local results = netlua.all {
        function()
          local c = listener:accept { timeout = 5 }
          local line = c:read "*l"
          c:write("echo ", line, "\n")
          c:flush()
          c:close()
          return line
        end,
        function()
          local c = a:connect(b, 7, { family = family })
          c:write "hello\n"
          c:flush()
          local answer = c:read "*l"
          c:close()
          return answer
        end,
      }
      assert.same({ "hello", "echo hello" }, results)
    end
  end)

  it("send what was written, each time and before they are closed", function()
    local listener <close> = b:listen(7)
    local capture <close> = b:capture("eth0", "tcp dst port 7")
    for _, size in ipairs { 10, 5000, 200000 } do
      local results = netlua.all {
        function()
          local c <close> = listener:accept { timeout = 5 }
          return #(c:read "*a" or "")
        end,
        function()
          local c <close> = a:connect(b, 7)
          c:write(("x"):rep(size - 1), "\n")
        end,
      }
      assert.equal(size, results[1])
    end
    assert.equal(("x"):rep(9) .. "\n", capture:select({ tcp = { flags = "P." } })[1].tcp.payload)
  end)

  it("serves many at once", function()
    local listener <close> = b:listen(0)
    local tasks = { function()
      for _ = 1, 10 do
        local c = listener:accept { timeout = 5 }
        c:write(c:read "*l", "\n")
        c:flush()
        c:close()
      end
    end }
    for i = 1, 10 do
      tasks[#tasks + 1] = function()
        local c = a:connect("b", listener.port)
        c:write(i, "\n")
        c:flush()
        local n = tonumber(c:read "*l")
        c:close()
        return n
      end
    end
    local results = netlua.all(tasks)
    for i = 1, 10 do assert.equal(i, results[i + 1]) end
  end)

  it("say who refused a connection, and when time is over", function()
    local ok, err = pcall(a.connect, a, b, 9)
    assert.is_false(ok)
    assert.equal("ECONNREFUSED", err.code)
    assert.matches("a: connect tcp 192.0.2.2 port 9: Connection refused", tostring(err), 1, true)
    ok, err = pcall(a.connect, a, "192.0.2.77", 9, { timeout = 0.05 })
    assert.is_false(ok)
    assert.equal("ETIMEDOUT", err.code)
    local listener <close> = b:listen(7)
    ok, err = pcall(b.listen, b, 7)
    assert.is_false(ok)
    assert.equal("EADDRINUSE", err.code)
    assert.is_nil(listener:accept { timeout = 0.01 })
  end)

  it("exchange datagrams and tell from whom", function()
    local server <close> = b:udp(53)
    local client <close> = a:udp()
    client:send("question", b, 53)
    local data, address, port = server:receive { timeout = 5 }
    assert.same({ "question", "192.0.2.1", client.port }, { data, address, port })
    server:send("answer", address, port)
    data, address, port = client:receive { timeout = 5 }
    assert.same({ "answer", "192.0.2.2", 53 }, { data, address, port })
    assert.is_nil(client:receive { timeout = 0.01 })
    client:send("six", "2001:db8::2", 53)
    assert.equal("six", (server:receive { timeout = 5 }))
  end)

  it("hear of a port that nobody has, when connected", function()
    local client <close> = a:udp(0, { to = b, to_port = 99 })
    client:send "anybody?"
    local ok, err = pcall(client.receive, client, { timeout = 5 })
    assert.is_false(ok)
    assert.equal("ECONNREFUSED", err.code)
  end)

  it("refuse misuse by name", function()
    assert.error_matches(function() a:connect(b, 0) end, "connect: port: expected an integer from 1 to 65535, got 0", 1, true)
    assert.error_matches(function() a:udp("x") end, "udp: port: expected an integer", 1, true)
    assert.error_matches(function() a:listen(1, { bcklog = 1 }) end, "listen: options: unknown key 'bcklog'", 1, true)
    local client = a:udp()
    client:close()
    assert.error_matches(function() client:send("x", b, 1) end, "closed socket", 1, true)
  end)
end)
