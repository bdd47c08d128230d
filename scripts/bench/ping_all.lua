-- Every host of a star pings every other: lab:ping_all against an fping in each namespace and tight C.
--
--   netlua scripts/bench/ping_all.lua [DIRECTORY OF limits/*.c] [hosts=50] [runs=5]
local netlua = require "netlua"
local bench = require "bench.common"

local opts = bench.options { hosts = 50, runs = 5 }
local lab <close> = netlua.lab("star", { family = "inet" })
local hub = lab:switch "hub"
local hosts, addrs = {}, {}
for i = 1, opts.hosts do
  hosts[i] = lab:host("h" .. i)
  -- As the instrument counts them: 198.18.0.0 + i.
  addrs[i] = ("198.18.%d.%d"):format(i // 256, i % 256)
  lab:link(hosts[i], hub, { net = "198.18.0.0/16", addr = addrs[i] .. "/16" })
end
local started = netlua.now()
lab:build()
print(("star of %d hosts built in %.0f ms"):format(opts.hosts, (netlua.now() - started) * 1000))

local pairs_ = opts.hosts * (opts.hosts - 1)

local function ours()
  local began = netlua.now()
  local results = lab:ping_all()
  local took = netlua.now() - began
  assert(#results == pairs_)
  for _, r in ipairs(results) do
    if r.received ~= 1 then error(tostring(r)) end
  end
  return pairs_ / took
end

-- One fping a namespace, all at once, each with all other addresses.
local function fping()
  local began = netlua.now()
  local running = {}
  for i, from in ipairs(hosts) do
    local argv = { "fping", "-q", "-r0", "-t500", "-i", "0" }
    for j, addr in ipairs(addrs) do
      if i ~= j then argv[#argv + 1] = addr end
    end
    running[i] = from:spawn(argv)
  end
  for _, process in ipairs(running) do process:wait() end
  return pairs_ / (netlua.now() - began)
end

-- The instrument finds namespaces by name under /run/netns and addresses from 10.0.0.1 on: it gets links to
-- our descriptors instead, and our addresses.
local allping = bench.compile(opts.limits, "allping", function(source)
  return (source:gsub("0x0a000000", "0xc6120000"):gsub("/run/netns/%%s", "%%s"))
end)
local directory = os.tmpname()
os.remove(directory)
local function tight()
  local pipe = io.popen(("mkdir -p %s && for i in %s; do ln -sf /proc/$PPID/fd/${i#*:} %s/n${i%%:*}; done; %s %d %s/n"):format(
    directory, (function()
      local words = {}
      for i, host in ipairs(hosts) do words[i] = ("%d:%d"):format(i, host.core:fd()) end
      return table.concat(words, " ")
    end)(), directory, allping, #hosts, directory))
  local text = pipe:read "a"
  pipe:close()
  return tonumber(text:match "pairs/s=(%d+)")
end

print(("first time, neighbours told or asked for: %.0f pairs/s"):format(ours()))
bench.compare(("all %d pairs, neighbours known"):format(pairs_), "/s", {
  { name = "lab:ping_all", run = ours },
  { name = "fping in each namespace", run = bench.has "fping" and fping or function() end },
  { name = "tight C", run = allping and tight or function() end },
}, opts.runs)
if allping then
  os.remove(allping)
  os.execute("rm -rf " .. directory)
end
