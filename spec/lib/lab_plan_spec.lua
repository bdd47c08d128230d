-- lab:plan(): the ip commands a lab stands for build the same network when sh runs them.
local netlua = require "netlua"
local support = require "spec.support"

-- What a node is made of, without what differs from run to run.
local function portrait(links, routes4, routes6)
  local lines = {}
  for _, link in ipairs(links) do
    lines[#lines + 1] = table.concat({ link.ifname, link.address, tostring(link.mtu), link.master or "-" }, " ")
    for _, a in ipairs(link.addr_info) do
      lines[#lines + 1] = ("  %s/%d"):format(a["local"], a.prefixlen)
    end
  end
  for _, routes in ipairs { routes4, routes6 } do
    for _, r in ipairs(routes) do
      lines[#lines + 1] = ("  %s via %s dev %s"):format(r.dst, r.gateway or "-", r.dev)
    end
  end
  table.sort(lines)
  return table.concat(lines, "\n")
end

local function declare(name)
  local lab = netlua.lab(name)
  local pc, s, r1, r2 = lab:host "pc one", lab:switch "s", lab:router "r1", lab:router "r2"
  local server = lab:host "server"
  lab:link(pc, s)
  lab:link(s, r1, { net = "192.0.2.0/24" })
  lab:link(r1, r2, { mtu = 1400 })
  lab:link(r2, server)
  return lab
end

describe("lab:plan", function()
  it("is the same network when sh runs it", function()
    local lab <close> = declare "plan"
    local commands = lab:plan()
    lab:build()
    -- The commands are run where their names and files do no harm: a box with a /run of its own.
    local outer <close> = netlua.netns.add "outer"
    local script = "mount -t tmpfs none /run && mkdir /run/netns && \n" .. commands
    for _, name in ipairs { "pc one", "s", "r1", "r2", "server" } do
      script = script .. ("echo '== %s'\nip -n '%s' -json addr\nip -n '%s' -json route\nip -6 -n '%s' -json route\n"):format(
        name, name, name, name)
    end
    local result = outer:run({ "unshare", "--mount", "sh", "-c", script })
    assert.equal(0, result.code, result.stderr)
    local decode = require("cjson").decode
    for name, text in result.stdout:gmatch("== ([^\n]+)\n([^=]*)") do
      local parts = {}
      for line in text:gmatch("[^\n]+") do parts[#parts + 1] = decode(line) end
      local node = lab:node(name)
      assert.equal(
        portrait(support.ip_json(node, "addr"), support.ip_json(node, "route"), support.ip_json(node, "-6", "route")),
        portrait(table.unpack(parts)), name)
    end
  end)

  it("can be read before the lab is built, and builds nothing", function()
    local lab = declare "read"
    assert.matches("ip netns add 'pc one'", lab:plan(), 1, true)
    assert.matches("ip netns exec r1 sysctl -qw net.ipv4.ip_forward=1", lab:plan(), 1, true)
    assert.is_nil(lab.built)
  end)
end)
