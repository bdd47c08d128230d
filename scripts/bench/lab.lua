-- How long a lab takes to build, beside the tight C of limits/topo.c in the same run.
--
--   ./netlua scripts/bench/lab.lua [path of topo.c] [runs]
--
-- Figures are medians in milliseconds; what counts is the ratio. "declare" is the script's own lines, "IPv4" and
-- "both" are lab:build() with its checks and routes. topo.c does the same with IPv4 alone.
local netlua = require "netlua"

local source, runs = arg[1], tonumber(arg[2] or 9)

local function declare(shape, n, family)
  local lab = netlua.lab(shape, { family = family })
  if shape == "star" then
    local hub = lab:switch "hub"
    for i = 1, n do lab:link(hub, lab:host("h" .. i)) end
    return lab
  end
  local before = lab:host "first"
  for i = 1, n - 2 do
    local router = lab:router("r" .. i)
    lab:link(before, router)
    before = router
  end
  lab:link(before, lab:host "last")
  return lab
end

local function median(list)
  table.sort(list)
  return list[(#list + 1) // 2] * 1e3
end

-- The kernel takes namespaces down in the background, about a millisecond each: nobody shall pay for the one before.
local function rest(n) netlua.sleep(0.1 + n * 0.004) end

local function once(shape, n, family)
  local start = netlua.now()
  local lab = declare(shape, n, family)
  local middle = netlua.now()
  lab:build()
  local done = netlua.now()
  lab:close()
  rest(n)
  return middle - start, done - middle
end

local bench <close> = netlua.netns.add "bench"

local function compile()
  local binary = os.tmpname()
  local cc = bench:run { "cc", "-O2", "-w", "-o", binary, source, "-lmnl", "-lpthread" }
  assert(cc.code == 0, cc.stderr)
  return binary
end

-- topo.c waits for a line before it ends: it gets one.
local function tight(binary, shape, n)
  local r = bench:run({ binary, shape, tostring(n), "-q", "-P", "-6", "gen", "-f", "nl", "-S", "-L" }, { stdin = "\n" })
  rest(n)
  return assert(tonumber(r.stdout:match "BUILT in=([%d.]+)"), r.stderr)
end

local binary = source and compile()
print(("%-14s %10s %10s %10s %10s %8s %8s"):format("lab", "declare", "IPv4", "both", "tight C", "IPv4/C", "both/C"))
for _, case in ipairs { { "router", 3 }, { "chain", 10 }, { "chain", 100 }, { "star", 100 } } do
  local shape, n = case[1], case[2]
  local ours = shape == "router" and "chain" or shape
  local declared, four, both, c = {}, {}, {}, {}
  -- In turn, so that what else the machine does meets all of them.
  for i = 1, runs do
    if binary then c[i] = tight(binary, shape, n) end
    declared[i], four[i] = once(ours, n, "inet")
    both[i] = select(2, once(ours, n))
  end
  local tight_ms = binary and median(c)
  declared, four, both = median(declared), median(four), median(both)
  print(("%-14s %10.1f %10.1f %10.1f %10s %8s %8s"):format(shape .. " " .. n, declared, four, both,
    binary and ("%.1f"):format(tight_ms) or "-", binary and ("%.2f"):format(four / tight_ms) or "-",
    binary and ("%.2f"):format(both / tight_ms) or "-"))
end
if binary then os.remove(binary) end
