-- The names of /etc/iproute2, taken and shown as ip does. In a mount namespace of the test's own.
local support = require "spec.support"
local program = require "spec.support.program"
local quote = program.quote

local files = {
  rt_tables = "255 local\n254 main\n253 default\n100 red # ours\n0x65 green\n",
  ["rt_tables.d/more.conf"] = "102 blue\n", ["rt_tables.d/more.text"] = "103 black\n",
  rt_protos = "2 kernel\n3 boot\n4 static\n200 mine\n300 toobig\n",
  rt_scopes = "0 global\n253 link\n254 host\n50 near\n",
  rt_realms = "0 cosmos\n7 work\n",
  group = "0 default\n8 crew\n",
  rt_addrprotos = "9 ours\n",
  rt_dsfield = "0x00 default\n0x04 little\n",
}

-- Runs a script where /etc/iproute2 is made of `files`.
local function run(script)
  local lines = { "[ -d /etc/iproute2 ] || mount -t tmpfs tmpfs /etc || exit 9", "mkdir -p /etc/iproute2",
    "mount -t tmpfs tmpfs /etc/iproute2 || exit 9", "mkdir /etc/iproute2/rt_tables.d" }
  for name, text in pairs(files) do
    lines[#lines + 1] = ("printf %%s %s >/etc/iproute2/%s"):format(quote(text), name)
  end
  lines[#lines + 1] = ("cd %s && exec %s -e %s"):format(quote(support.root), quote(program.host), quote(script))
  return program.sh("unshare --mount sh -c " .. quote(table.concat(lines, "\n")))
end

local stage = [[
  local support, answers = require "spec.support", require "spec.support.answers"
  local ns = support.netns "a"
  ns.link:add("eth0", { type = "veth", peer = "eth1", up = true, addrgenmode = "none" })
  ns.link:set("eth1", { up = true, addrgenmode = "none" })
  ns.addr:add("192.0.2.1/24", "eth0", { scope = "near" })
]]

describe("the names of /etc/iproute2", function()
  it("are those of ip's answers", function()
    assert.same({ "same\n", 0 }, { run(stage .. [[
      local R = ns.route
      local function with(opts) opts.dev = "eth0" return opts end
      R:add("198.51.100.0/24", with { table = "red", proto = "mine" })
      R:add("198.51.100.0/24", with { table = "green", scope = 50, tos = "little" })
      R:add("198.51.100.0/24", with { table = 102, realms = 7 })
      R:add("198.51.100.0/24", with { table = 103, proto = 44 })
      ns.rule:add { table = "red", priority = 10, proto = "mine", tos = "little" }
      ns.rule:add { lookup = "blue", priority = 11, realms = 7 << 16 | 7 }
      ns.neigh:add("192.0.2.9", { dev = "eth0", lladdr = "02:00:00:00:00:09", proto = "mine" })
      -- The carrier may still bring IPv6 its routes.
      for _, case in ipairs {
        { "route", R, { table = "all" }, "route show table all" },
        { "route", R, { table = "blue" }, "route show table blue" },
        { "route", R, { table = "all", proto = "mine" }, "route show table all proto mine" },
        { "route", R, { table = "all", scope = "near" }, "route show table all scope near" },
        { "rule", ns.rule, nil, "rule" },
        { "neigh", ns.neigh, nil, "neigh" },
        { "addr", ns.addr, { dev = "eth0" }, "addr show dev eth0" },
      } do
        answers.same_soon(case[1], function() return case[2]:list(case[3]) end, function() return support.ip(ns, case[4]) end)
      end
      assert(R:list { table = "all", proto = "mine" }[1].table == "red")
      ns.link:set("eth0", { group = "crew" })
      answers.same("addr", ns.addr:list { group = "crew" }, support.ip(ns, "addr show group crew"))
      assert(ns.link:list({ group = 8 })[1].group == "crew")
      ns.addr:add("192.0.2.2/24", "eth0", { proto = "ours", scope = "near" })
      assert(ns.addr:list({ dev = "eth0", to = "192.0.2.2" })[1].addr_info[1].protocol == "ours")
      print "same"
      ns:close() ]]) })
  end)

  it("are no others", function()
    assert.same({ "table\ntable\nproto\nscope\n", 0 }, { run(stage .. [[
      for _, opts in ipairs { { table = "black" }, { table = "unspec" }, { proto = "toobig" }, { scope = "mine" } } do
        opts.dev = "eth0"
        local ok, err = pcall(ns.route.add, ns.route, "198.51.100.0/24", opts)
        print(ok or err.field)
      end
      ns:close() ]]) })
  end)
end)
