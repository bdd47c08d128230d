-- ns:traceroute: hops, marks and silence, and its text held against the real traceroute in the same namespace.
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
  return (text:gsub("%d+%.%d+ ms", "T ms"))
end

local function fails(...)
  local ok, err = pcall(...)
  assert.is_false(ok)
  assert.is_true(core.is_error(err), tostring(err))
  return err
end

describe("traceroute", function()
  local lab, pc, r1, r2, server

  before_each(function()
    lab = netlua.lab "trace"
    pc, r1, r2, server = lab:host "pc", lab:router "r1", lab:router "r2", lab:host "server"
    lab:link(pc, r1, { net = { "192.0.2.0/24", "2001:db8:1::/64" } })
    lab:link(r1, r2)
    lab:link(r2, server, { net = { "198.51.100.0/24", "2001:db8:2::/64" }, mtu = 1400 })
    lab:build()
  end)
  after_each(function() lab:close() end)

  for _, method in ipairs { "udp", "icmp", "tcp" } do
    for _, family in ipairs { "inet", "inet6" } do
      describe("over " .. method .. " and " .. family, function()
        it("finds every router, then the target", function()
          local path = pc:traceroute(server, { method = method, family = family })
          assert.is_true(path.reached, tostring(path))
          assert.equal(3, #path.hops)
          local want = { r1:address(family, pc), r2:address(family, r1), server:address(family) }
          for i, hop in ipairs(path.hops) do
            assert.equal(i, hop.ttl)
            assert.equal(want[i], hop.addr)
            assert.same({ want[i] }, hop.addrs)
            assert.equal(3, #hop.rtts)
            assert.equal(3, #hop.probes)
            assert.is_true(hop.rtts[1] > 0 and hop.rtts[1] < 5, tostring(path))
            assert.equal(i == 3 or nil, hop.probes[1].reached)
          end
        end)

        it("prints what traceroute prints", function()
          local flag = ({ udp = "-U -p 33434", icmp = "-I", tcp = "-T" })[method]
          local addr = server:address(family)
          local want = oracle(pc, ("traceroute -n %s %s"):format(flag == "-U -p 33434" and "" or flag, addr))
          assert.equal(timeless(want), timeless(tostring(pc:traceroute(addr,
            { method = method })) .. "\n"))
        end)
      end)
    end
  end
end)
