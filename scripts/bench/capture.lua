-- What capturing costs: opening and closing, and CPU a packet, beside tcpdump and, where the instruments are at hand,
-- beside a C program that only counts.
--
--   netlua scripts/bench/capture.lua [COUNT [LIMITS]]
--
-- COUNT packets a run (default 200000). LIMITS is a directory with blast.c and cap.c, which are compiled to a temporary
-- directory: a sender of 64-byte frames at full speed, and the counting program. Without it the traffic is a flood of
-- pings, a quarter as fast.
local netlua = require "netlua"

local count = tonumber(arg[1]) or 200000
local limits = arg[2]

local a <close> = netlua.netns.add "a"
local b <close> = netlua.netns.add "b"
a.link:add("eth0", { type = "veth", peer = { name = "eth0", netns = b } })
for i, ns in ipairs { a, b } do
  ns.link:set("eth0", { addrgenmode = "none" })
  ns.link:set("eth0", { up = true })
  ns.addr:add(("192.0.2.%d/24"):format(i), "eth0")
end
a:ping("192.0.2.2", { count = 1 })

local directory = os.tmpname()
os.remove(directory)
a:run { "mkdir", directory }

local function compile(name, ...)
  local program = directory .. "/" .. name
  local done = a:run { "cc", "-O2", "-w", "-o", program, ("%s/%s.c"):format(limits, name), ... }
  return done.code == 0 and program or nil
end

local blast = limits and compile "blast"
local cap = limits and compile("cap", "-lpcap", "-llua5.4")

-- Sends, and gives packets a second as the sender saw it.
local function send(length)
  if blast then
    local out = a:run({ blast, "eth0", tostring(length), tostring(count), "0" }).stdout
    return tonumber(out:match "pps=(%d+)") or 0
  end
  local started = netlua.now()
  a:ping("192.0.2.2", { count = count // 2, flood = true, size = math.max(length - 42, 0) })
  return count / (netlua.now() - started)
end

local function row(what, pps, microseconds, note)
  print(("%-44s %21s  %6.2f µs CPU a packet%s"):format(what, pps and ("%.0f packets/s"):format(pps) or "", microseconds,
    note and ", " .. note or ""))
end

-- CPU time of a process that has ended its work, from /proc.
local function cpu_of(pid)
  local file = io.open(("/proc/%d/stat"):format(pid))
  if not file then return 0 end
  local stat = file:read "a":match "%) (.*)"
  file:close()
  local fields = {}
  for field in stat:gmatch "%S+" do fields[#fields + 1] = field end
  return (tonumber(fields[12]) + tonumber(fields[13])) / 100
end

-- --- Opening and closing ----------------------------------------------------------------------------------

local opens = 200
local open_time, close_time = 0, 0
for _ = 1, opens do
  local t0 = netlua.now()
  local capture = b:capture "eth0"
  local t1 = netlua.now()
  capture:close()
  open_time, close_time = open_time + t1 - t0, close_time + netlua.now() - t1
end
print(("open %.3f ms, close %.3f ms (mean of %d)"):format(open_time / opens * 1e3, close_time / opens * 1e3, opens))

-- --- Packets ----------------------------------------------------------------------------------------------

for _, length in ipairs { 64, 1400 } do
  print(("%d packets of %d bytes, %s"):format(count, length, blast and "by blast" or "a flood of pings"))
  print(("%-44s %21s"):format("nobody listens", ("%.0f packets/s"):format(send(length))))

  -- Once for nothing: memory that a virtual machine has never touched costs ten times as much as memory it has.
  do
    local capture <close> = b:capture "eth0"
    send(length)
    capture:stats()
  end
  collectgarbage()
  local own = os.clock() -- when the pings are ours, their part is taken off
  send(length)
  own = os.clock() - own
  local before = os.clock()
  do
    local capture <close> = b:capture "eth0"
    local pps = send(length)
    local stats = capture:stats()
    row("netlua: into memory", pps, (os.clock() - before - own) / stats.captured * 1e6,
      ("%d dropped"):format(stats.dropped))
    before = os.clock()
    local packets = capture:packets()
    row("netlua: then as a list of packets", nil, (os.clock() - before) / #packets * 1e6)
    before = os.clock()
    local bytes = 0
    for _, p in ipairs(packets) do
      if p.ip then bytes = bytes + p.ip.ttl end
    end
    row("netlua: then one field of each", nil, (os.clock() - before) / #packets * 1e6)
    before = os.clock()
    capture:save(directory .. "/x.pcapng")
    row("netlua: then saved as pcapng", nil, (os.clock() - before) / #packets * 1e6)
  end
  collectgarbage()

  local function other(what, command, ready)
    local process <close> = b:spawn(command)
    if ready then ready(process) end
    local pps = send(length)
    netlua.sleep(0.2) -- what lies in its buffer is its work, too
    local cpu = cpu_of(process.pid)
    process:kill "INT"
    local said = process:wait().stderr
    local dropped = tonumber(said:match "(%d+) packets dropped by kernel") or 0
    row(what, pps, cpu / (count - dropped) * 1e6, ("%d dropped"):format(dropped))
  end
  other("tcpdump -w", { "tcpdump", "-Z", "root", "-i", "eth0", "-w", directory .. "/x.pcap" }, function(process)
    process:wait_output "listening"
  end)
  if cap then
    other("counting in C (the limit)", { cap, "eth0", "v3", "count", "262144", "2048", "1" }, function(process)
      process:wait_output "READY"
    end)
  end
end
a:run { "rm", "-r", directory }
