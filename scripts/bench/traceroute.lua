-- The path through a chain of routers: ns:traceroute against traceroute and tight C.
--
--   netlua scripts/bench/traceroute.lua [DIRECTORY OF limits/*.c] [hops=30] [runs=7]
local netlua = require "netlua"
local bench = require "bench.common"

local opts = bench.options { hops = 30, runs = 7 }
local lab <close> = netlua.lab("chain", { family = "inet" })
local nodes = { lab:host "a" }
for i = 1, opts.hops - 1 do nodes[#nodes + 1] = lab:router("r" .. i) end
nodes[#nodes + 1] = lab:host "b"
for i = 2, #nodes do lab:link(nodes[i - 1], nodes[i]) end
lab:build()
local a, b = nodes[1], nodes[#nodes]
local addr = b:address "inet"
local most = opts.hops + 1 -- the instrument looks for an end before its last hop
a:ping(addr)

local function took(run)
  return function()
    local started = netlua.now()
    run()
    return (netlua.now() - started) * 1000
  end
end

local function ours(queries)
  local path
  local run = took(function() path = a:traceroute(addr, { queries = queries, max_ttl = most }) end)
  return function()
    local milliseconds = run()
    local whole = path.reached and #path.hops == opts.hops
    for _, hop in ipairs(path.hops) do whole = whole and #hop.rtts == queries end
    if not whole then error(tostring(path)) end
    return milliseconds
  end
end

local function tool(argv)
  if not bench.has(argv[1]) and not argv[1]:find "/" then return function() end end
  return took(function() return a:run(argv) end)
end

local fasttrace = bench.compile(opts.limits, "fasttrace")
for _, queries in ipairs { 1, 3 } do
  bench.compare(("%d hops, %d a hop, from the call to its result"):format(opts.hops, queries), "ms", {
    { name = ("netlua traceroute { queries = %d }"):format(queries), run = ours(queries) },
    { name = "traceroute -n, 64 at once (a process)",
      run = tool { "traceroute", "-n", "-q" .. queries, "-N64", "-m" .. most, addr } },
    { name = "tight C (a process)",
      run = fasttrace and tool { fasttrace, addr, tostring(most), tostring(queries), "q" } or function() end },
  }, opts.runs)
end
if fasttrace then os.remove(fasttrace) end
