-- ns:ping and netlua.ping_all: figures, errors, text held against the real ping in the same namespace.
local netlua = require "netlua"
local core = require "netlua.core"

-- What a command prints when run in the namespace, both streams.
local function oracle(ns, command)
  local pipe = assert(io.popen(("nsenter --net=/proc/$PPID/fd/%d %s 2>&1"):format(ns.core:fd(), command)))
  local text = pipe:read "a"
  pipe:close()
  return text
end

-- The text with every measured time taken out.
local function timeless(text)
  return (text:gsub("time=[%d.]+ ms", "time=T"):gsub("time %d+ms", "time Tms")
    :gsub("= [%d.]+/[%d.]+/[%d.]+/[%d.]+ ms", "= T ms"):gsub("ewma [%d.]+/[%d.]+", "ewma T"))
end

local function fails(...)
  local ok, err = pcall(...)
  assert.is_false(ok)
  assert.is_true(core.is_error(err), tostring(err))
  return err
end

describe("ping", function()
  local lab, pc, r1, server

  setup(function()
    lab = netlua.lab "ping"
    pc, r1, server = lab:host "pc", lab:router "r1", lab:host "server"
    lab:link(pc, r1, { net = { "192.0.2.0/24", "2001:db8:1::/64" } })
    lab:link(r1, server, { net = { "198.51.100.0/24", "2001:db8:2::/64" } })
    lab:build()
  end)
  teardown(function() lab:close() end)

  it("counts what it sent and what came back", function()
    local r = pc:ping(server, { count = 3, interval = 0.01 })
    assert.equal(3, r.sent)
    assert.equal(3, r.received)
    assert.equal(0, r.loss)
    assert.equal(0, r.duplicates)
    assert.equal(3, #r.replies)
    for i, reply in ipairs(r.replies) do
      assert.equal(i, reply.seq)
      assert.equal(63, reply.ttl)
      assert.equal(64, reply.bytes)
      assert.equal(server:address "inet", reply.addr)
      assert.is_true(reply.rtt > 0 and reply.rtt < 5)
    end
    assert.is_true(r.min <= r.avg and r.avg <= r.max and r.mdev >= 0)
    assert.is_true(r.time >= 0.02)
    assert.is_nil(r.error)
  end)

  it("speaks IPv6", function()
    local r = pc:ping(server, { family = "inet6", count = 2, interval = 0 })
    assert.equal(2, r.received)
    assert.equal(63, r.replies[1].ttl)
    assert.equal("inet6", r.family)
    assert.equal(server:address "inet6", r.replies[1].addr)
  end)

  it("takes an address, a node and a node's name", function()
    assert.equal(1, pc:ping(server:address "inet").received)
    assert.equal("server", pc:ping(server).target)
    local named = pc:ping "server"
    assert.equal("server", named.target)
    assert.equal(1, named.received)
  end)

  for _, family in ipairs { "inet", "inet6" } do
    for _, socket in ipairs { "raw", "dgram" } do
      describe(family .. " over a " .. socket .. " socket", function()
        local addr, opts
        setup(function()
          pc:sysctl("net.ipv4.ping_group_range", "0\t0")
          addr = server:address(family)
        end)
        before_each(function() opts = { socket = socket, interval = 0.001 } end)

        it("gets replies with their hop count", function()
          opts.count = 5
          local r = pc:ping(addr, opts)
          assert.equal(5, r.received)
          assert.equal(63, r.replies[5].ttl)
          assert.equal(64, r.replies[5].bytes)
        end)

        it("tells which router dropped which probe", function()
          opts.count, opts.ttl = 2, 1
          local r = pc:ping(addr, opts)
          assert.equal(0, r.received)
          assert.equal(2, #r.errors)
          assert.equal(2, r.errors[2].seq)
          assert.equal(pc:ping(r1, { family = family }).addr, r.errors[1].addr)
          assert.equal(family == "inet" and "Time to live exceeded" or "Time exceeded: Hop limit",
            r.errors[1].message)
          assert.equal(100, r.loss)
        end)

        it("does not fit through a link when fragments are forbidden, and says how much does", function()
          opts.size, opts.dont_fragment = 2000, true
          local r = pc:ping(addr, opts)
          assert.equal(1, r.sent)
          assert.equal("EMSGSIZE", r.error.code)
          assert.equal(1500, r.errors[1].mtu)
        end)

        it("prints what ping prints", function()
          local real = family == "inet" and "ping" or "ping -6"
          opts.count = 2
          assert.equal(timeless(oracle(pc, real .. " -n -c2 -i0.002 " .. addr)),
            timeless(tostring(pc:ping(addr, opts)) .. "\n"))
          opts.ttl = 1
          assert.equal(timeless(oracle(pc, real .. " -n -c2 -i0.002 -t1 " .. addr)),
            timeless(tostring(pc:ping(addr, opts)) .. "\n"))
        end)
      end)
    end
  end
end)
