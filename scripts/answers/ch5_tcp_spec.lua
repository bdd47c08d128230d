-- Answers to the exercises of ch5_tcp.lua.
local netlua = require "netlua"

describe("ch5_tcp", function()
  local lab, a, b
  before_each(function()
    lab = netlua.lab("tcp", { family = "inet" })
    a, b = lab:host "a", lab:host "b"
    lab:link(a, b, { net = "192.0.2.0/24" })
    lab:build()
  end)
  after_each(function() lab:close() end)

  -- Linux 6.5 and later ask four times a second apart (net.ipv4.tcp_syn_linear_timeouts) before they wait twice as long.
  it("1. after one second, then after two more; from Linux 6.5 on after one more each time", function()
    b:nft [[
      table ip filter {
        chain input {
          type filter hook input priority 0;
          tcp flags & syn == syn drop
        }
      }
    ]]
    local capture <close> = b:capture("eth0", "tcp")
    local ok, err = pcall(a.connect, a, b, 80, { timeout = 4 })
    assert.is_false(ok)
    assert.equal("ETIMEDOUT", err.code)
    local times = {}
    for _, packet in ipairs(capture:packets()) do times[#times + 1] = packet.ts end
    assert.is_true(#times >= 3)
    assert.is_true(times[2] - times[1] > 0.9 and times[3] - times[2] > times[2] - times[1] - 0.2)
  end)

  it("2. R: a reset, as nobody will read what comes", function()
    local listener <close> = b:listen(80)
    local capture <close> = a:capture("eth0", "tcp")
    netlua.all {
      function() listener:accept({ timeout = 5 }):close() end,
      function()
        local connection = a:connect(b, 80)
        connection:read "*a" -- b has closed
        connection:write "too late"
        connection:flush()
        netlua.wait(function()
          for _, packet in ipairs(capture:packets()) do
            if packet.tcp.flags:find "R" then return true end
          end
        end, { timeout = 5, what = "a reset" })
        connection:close()
      end,
    }
  end)
end)
