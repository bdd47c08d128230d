-- Echo round trips over one veth pair: ns:ping against ping -f, fping and tight C.
--
--   netlua scripts/bench/ping.lua [DIRECTORY OF limits/*.c] [count=50000] [runs=5]
local netlua = require "netlua"
local bench = require "bench.common"

local opts = bench.options { count = 50000, runs = 5 }
local lab <close> = netlua.lab "bench"
local a, b = lab:host "a", lab:host "b"
lab:link(a, b, { net = "192.0.2.0/24" })
lab:build()
local addr = b:address "inet"
local count = opts.count

local function ours(window)
  return function()
    local started = netlua.now()
    local r = a:ping(addr, { count = count, interval = 0, window = window })
    local took = netlua.now() - started
    if r.received ~= count then error(tostring(r)) end -- the text of thousands of replies is made for this only
    return count / took
  end
end

-- A whole process, by its own clock where it tells one.
local function tool(argv, pattern)
  if not bench.has(argv[1]) and not argv[1]:find "/" then return function() end end
  return function()
    local started = netlua.now()
    local done = a:run(argv)
    local took = netlua.now() - started
    local said = pattern and done.stdout:match(pattern)
    return said and tonumber(said) or count / took
  end
end

local function tight(program, window)
  if not program then return function() end end
  return tool({ program, tostring(window), tostring(count), addr }, "rate=(%d+)/s")
end

local fastping = bench.compile(opts.limits, "fastping")
local n = tostring(count)
bench.compare(("echoes, one at a time (%d)"):format(count), "/s", {
  { name = "netlua ping { interval = 0 }", run = ours(1) },
  { name = "ping -f", run = tool { "ping", "-q", "-n", "-f", "-c", n, addr } },
  { name = "fping -p 0 -t 500", run = tool { "fping", "-q", "-c", n, "-p", "0", "-i", "0", addr } },
  { name = "tight C, one at a time", run = tight(fastping, 1) },
}, opts.runs)
bench.compare(("echoes, many under way (%d)"):format(count), "/s", {
  { name = "netlua ping { interval = 0, window = 32 }", run = ours(32) },
  { name = "ping -f -l 64", run = tool { "ping", "-q", "-n", "-f", "-l", "64", "-c", n, addr } },
  { name = "tight C, window 32, sendmmsg", run = tight(fastping, 32) },
}, opts.runs)

local function once(run)
  return function()
    local started = netlua.now()
    run()
    return (netlua.now() - started) * 1000
  end
end
bench.compare("one echo, from the call to its result", "ms", {
  { name = "netlua ping", run = once(function() return a:ping(addr) end) },
  { name = "ping -c1 (a process)", run = once(function() return a:run { "ping", "-q", "-n", "-c1", addr } end) },
  { name = "fping -c1 (a process)", run = bench.has "fping"
    and once(function() return a:run { "fping", "-q", "-c1", addr } end) or function() end },
}, opts.runs * 3)
if fastping then os.remove(fastping) end
