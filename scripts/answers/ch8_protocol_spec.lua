-- Answers to the exercises of ch8_protocol.lua.
local netlua = require "netlua"

describe("ch8_protocol", function()
  local lab, client, server, listener
  before_each(function()
    lab = netlua.lab("protocol", { family = "inet" })
    client, server = lab:host "client", lab:host "server"
    lab:link(client, server, { net = "192.0.2.0/24" })
    lab:build()
    listener = server:listen(9999)
  end)
  after_each(function()
    listener:close()
    lab:close()
  end)

  local function send(connection, kind, message)
    connection:write(string.pack(">Bs2", kind, message))
    connection:flush()
  end

  local function receive(connection)
    local head = connection:read(3)
    if not head or #head < 3 then return nil end
    local kind, length = string.unpack(">BI2", head)
    return kind, length > 0 and connection:read(length) or ""
  end

  it("1. a byte for the kind", function()
    local HELLO, ERROR = 1, 255
    local results = netlua.all {
      function()
        local connection = listener:accept { timeout = 5 }
        for kind, message in receive, connection do
          if kind == HELLO then send(connection, HELLO, message) else send(connection, ERROR, "unknown kind " .. kind) end
        end
        connection:close()
      end,
      function()
        local connection = client:connect(server, 9999)
        send(connection, HELLO, "hello")
        local _, first = receive(connection)
        send(connection, 9, "?")
        local kind, second = receive(connection)
        connection:close()
        return { first, kind, second }
      end,
    }
    assert.same({ "hello", ERROR, "unknown kind 9" }, results[2])
  end)

  it("2. it should not wait for ever", function()
    local results = netlua.all {
      function()
        local connection = listener:accept { timeout = 5 }
        local ok, err = pcall(netlua.timeout, 0.2, receive, connection)
        connection:close()
        return { ok, err.code }
      end,
      function()
        local connection = client:connect(server, 9999)
        connection:write(string.pack(">BI2", 1, 65535))
        connection:flush()
        connection:read "*a"
        connection:close()
      end,
    }
    assert.same({ false, "ETIMEDOUT" }, results[1])
  end)
end)
