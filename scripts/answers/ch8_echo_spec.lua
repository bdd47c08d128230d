-- Answers to the exercises of ch8_echo.lua.
local netlua = require "netlua"

describe("ch8_echo", function()
  local lab, client, server
  before_each(function()
    lab = netlua.lab("echo", { family = "inet" })
    client, server = lab:host "client", lab:host "server"
    lab:link(client, server, { net = "192.0.2.0/24" })
    lab:build()
  end)
  after_each(function() lab:close() end)

  -- Serves one connection with serve(connection); gives what talk(connection) returns at the other side, and serve's.
  local function meet(serve, talk)
    local listener <close> = server:listen(7)
    return netlua.all {
      function()
        local connection = client:connect(server, 7)
        local result = talk(connection)
        connection:close()
        return result
      end,
      function()
        local connection = listener:accept { timeout = 5 }
        local result = serve(connection)
        connection:close()
        return result
      end,
    }
  end

  it("1. capitals", function()
    local results = meet(function(connection)
      connection:write(connection:read("*l"):upper(), "\n")
      connection:flush()
    end, function(connection)
      connection:write "hello\n"
      connection:flush()
      return connection:read "*l"
    end)
    assert.equal("HELLO", results[1])
  end)

  it("2. one read of what has arrived gets both lines: TCP does not keep writes apart", function()
    local results = meet(function(connection) return connection:read "*a" end, function(connection)
      connection:write "one\ntwo\n"
      connection:flush()
    end)
    assert.equal("one\ntwo\n", results[2])
  end)
end)
