-- A chain of routers as a whole process, from its start to the last route, beside what else people build one with.
--
--   ./netlua scripts/bench/others.lua [n=10] [runs=5]
--
-- n nodes in a row, /31 networks between them, a default route to the right, a route to the first network to the
-- left, and forwarding; IPv4 alone. What is not installed is left out (Debian: iproute2 python3-pyroute2 mininet). All but
-- netlua run with a mount namespace and a /run of their own, so that their names for namespaces stay in here; each must
-- answer a ping from the first node to the last, after the clock has stopped. Taking down is not counted.
local netlua = require "netlua"
local bench = require "bench.common"

local opts = bench.options { n = 10, runs = 5 }
local n, runs = opts.n, opts.runs
assert(n >= 3 and n <= 60, "n: 3 to 60, for a ping with a TTL of 64 has to come through and back")

-- The address at the left (0) or right (1) end of the link after node i.
local function address(i, side)
  local at = 2 * (i - 1) + side
  return ("198.18.%d.%d"):format(at // 256, at % 256)
end

-- What a node needs, as every contestant says it in its own words: calls f.addr(i, address, dev), f.up(i, dev),
-- f.route(i, destination, via), f.forward(i).
local function configure(f)
  for i = 1, n do
    f.up(i, "lo")
    if i > 1 then
      f.addr(i, address(i - 1, 1), "left")
      f.up(i, "left")
    end
    if i < n then
      f.addr(i, address(i, 0), "right")
      f.up(i, "right")
    end
    f.route(i, "default", i < n and address(i, 1) or address(n - 1, 0))
    if i > 2 and i < n then f.route(i, address(1, 0) .. "/31", address(i - 1, 0)) end
    if i > 1 and i < n then f.forward(i) end
  end
end

local ping = ("ping -q -c 1 -W 2 %s >/dev/null"):format(address(n - 1, 1))

-- A shell that sees no /run but its own. `built` is what stops the clock.
local function shell(lines)
  table.insert(lines, 1, "set -e; mount -t tmpfs tmpfs /run; mkdir /run/netns")
  lines[#lines + 1] = "echo built; ip netns exec n1 " .. ping
  return { "unshare", "--mount", "--propagation", "private", "sh", "-c", table.concat(lines, "\n") }
end

local function ip_lines()
  local lines = {}
  local function line(...) lines[#lines + 1] = string.format(...) end
  for i = 1, n do line("ip netns add n%d", i) end
  for i = 1, n - 1 do line("ip -n n%d link add name right type veth peer name left netns n%d", i, i + 1) end
  configure {
    up = function(i, dev) line("ip -n n%d link set %s up", i, dev) end,
    addr = function(i, addr, dev) line("ip -n n%d addr add %s/31 dev %s", i, addr, dev) end,
    route = function(i, to, via) line("ip -n n%d route add %s via %s", i, to, via) end,
    forward = function(i) line("ip netns exec n%d sysctl -qw net.ipv4.ip_forward=1", i) end,
  }
  return shell(lines)
end

-- One ip for all namespaces and links, then one a namespace: -batch stays where it was started.
local function ip_batch()
  local all, own = {}, {}
  for i = 1, n do
    all[i], own[i] = "netns add n" .. i, {}
  end
  for i = 1, n - 1 do all[#all + 1] = ("link add name right netns n%d type veth peer name left netns n%d"):format(i, i + 1) end
  local forward = {}
  local function line(i, ...) table.insert(own[i], string.format(...)) end
  configure {
    up = function(i, dev) line(i, "link set %s up", dev) end,
    addr = function(i, addr, dev) line(i, "addr add %s/31 dev %s", addr, dev) end,
    route = function(i, to, via) line(i, "route add %s via %s", to, via) end,
    forward = function(i) forward[i] = true end,
  }
  -- A link that is not up yet takes no route: all of them are raised first.
  local lines = { ("ip -batch - <<'END'\n%s\nEND"):format(table.concat(all, "\n")) }
  for i = 1, n do
    lines[#lines + 1] = ("ip -n n%d -batch - <<'END'\n%s\nEND"):format(i, table.concat(own[i], "\n"))
    if forward[i] then lines[#lines + 1] = ("ip netns exec n%d sysctl -qw net.ipv4.ip_forward=1"):format(i) end
  end
  return shell(lines)
end

local function pyroute2()
  local lines = { [[
from pyroute2 import IPRoute, NetNS, netns
from socket import AF_INET
main = IPRoute()
ns, index = [None], {}
]] }
  local function line(...) lines[#lines + 1] = string.format(...) end
  for i = 1, n do line("ns.append(NetNS('n%d'))", i) end
  for i = 1, n - 1 do
    line("main.link('add', ifname='v%d', kind='veth', peer={'ifname': 'left', 'net_ns_fd': 'n%d'})", i, i + 1)
    line("main.link('set', index=main.link_lookup(ifname='v%d')[0], ifname='right', net_ns_fd='n%d')", i, i)
  end
  line("for i in range(1, %d): index[i] = {l.get_attr('IFLA_IFNAME'): l['index'] for l in ns[i].get_links()}", n + 1)
  configure {
    up = function(i, dev) line("ns[%d].link('set', index=index[%d]['%s'], state='up')", i, i, dev) end,
    addr = function(i, addr, dev) line("ns[%d].addr('add', index=index[%d]['%s'], address='%s', prefixlen=31)", i, i, dev, addr) end,
    route = function(i, to, via) line("ns[%d].route('add', dst='%s', gateway='%s')", i, to, via) end,
    forward = function(i)
      line("netns.pushns('n%d'); open('/proc/sys/net/ipv4/ip_forward', 'w').write('1'); netns.popns()", i)
    end,
  }
  return shell { ("/usr/bin/python3 - <<'END'\n%s\nEND"):format(table.concat(lines, "\n")) }
end

local function mininet()
  local lines = { [[
from mininet.net import Mininet
from mininet.node import Node
from mininet.link import Link
net = Mininet(build=False)
]] }
  local function line(...) lines[#lines + 1] = string.format(...) end
  for i = 1, n do line("n%d = net.addHost('n%d', ip=None)", i, i) end
  for i = 1, n - 1 do line("net.addLink(n%d, n%d, intfName1='right', intfName2='left')", i, i + 1) end
  line "net.build()"
  configure {
    up = function() end, -- Mininet does it
    addr = function(i, addr, dev) line("n%d.setIP('%s', 31, '%s')", i, addr, dev) end,
    route = function(i, to, via) line("n%d.cmd('ip route add %s via %s')", i, to, via) end,
    forward = function(i) line("n%d.cmd('sysctl -qw net.ipv4.ip_forward=1')", i) end,
  }
  line "print('built', flush=True)"
  line("assert n1.cmd('%s; echo $?').strip() == '0'", ping)
  line "net.stop()"
  return { "unshare", "--mount", "--net", "--propagation", "private", "sh", "-c",
    ("mount -t tmpfs tmpfs /run; exec /usr/bin/python3 - <<'END'\n%s\nEND"):format(table.concat(lines, "\n")) }
end

local function ours()
  local file = os.tmpname()
  local out = assert(io.open(file, "w"))
  out:write(([[
local netlua = require "netlua"
local lab <close> = netlua.lab("chain", { family = "inet" })
local before = lab:host "first"
local first = before
for i = 1, %d do
  local router = lab:router("r" .. i)
  lab:link(before, router)
  before = router
end
local last = lab:host "last"
lab:link(before, last)
lab:build()
print "built"
io.stdout:flush()
netlua.expect.reaches(first, last)
]]):format(n - 2))
  out:close()
  return file
end

local script = ours()
local desk <close> = netlua.netns.add "desk"
local host = arg[-1] -- this program

local function took(argv)
  return function()
    local started = netlua.now()
    local process <close> = desk:spawn(argv)
    process:wait_output("built", { timeout = 300 })
    local seconds = netlua.now() - started
    local r = process:wait()
    assert(r.code == 0, argv[1] .. ": " .. r.stderr)
    netlua.sleep(0.2 + n * 0.004) -- the kernel takes namespaces down in the background
    return seconds * 1000
  end
end

local contestants = { { name = "netlua", run = took { host, script } } }
local function add(name, argv) table.insert(contestants, { name = name, run = took(argv) }) end
add("ip -batch, one a namespace", ip_batch())
add("ip -n, a line each", ip_lines())
if os.execute "/usr/bin/python3 -c 'import pyroute2' 2>/dev/null" then add("pyroute2", pyroute2()) end
if os.execute "/usr/bin/python3 -c 'import mininet' 2>/dev/null" then add("Mininet", mininet()) end
bench.compare(("a chain of %d, whole process"):format(n), "ms", contestants, runs)
os.remove(script)
