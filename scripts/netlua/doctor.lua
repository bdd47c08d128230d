--- What this machine can do: every part of netlua is tried in a namespace that is thrown away. What the machine's
--- own network is, is not looked at. A kernel that loads modules on demand loads those that are tried.
local core = require "netlua.core"

---@class netlua.doctor.Finding
---@field group string "rights", "limits", "basics", "links", "qdiscs", "filters", "actions", "nft", "programs"
---@field name string
---@field ok boolean? nil: it could not be told
---@field means string what it is for
---@field detail? string a number, or the refusal
---@field hint? string what would open it
---@field needed? boolean without it no script runs

local M = {}

-- --- reading the machine ------------------------------------------------------------------------------------

local function first_line(path)
  local file <close> = io.open(path)
  return file and file:read "l"
end

local function number_in(path)
  return math.tointeger(tonumber(first_line(path) or ""))
end

-- The soft limit with this name in /proc/self/limits; math.huge when there is none.
local function limit(name)
  local file <close> = io.open "/proc/self/limits"
  for line in file and file:lines() or function() end do
    local value = line:match("^" .. name .. "%s+(%S+)")
    if value then return value == "unlimited" and math.huge or math.tointeger(tonumber(value)) end
  end
end

local function in_path(program)
  for dir in ((os.getenv "PATH" or "") .. ":/usr/local/sbin:/usr/sbin:/sbin"):gmatch "[^:]+" do
    local file <close> = io.open(dir .. "/" .. program)
    if file then return dir .. "/" .. program end
  end
end

-- --- groups ------------------------------------------------------------------------------------------------

local function rights(add)
  local ok, err = core.rights_enter()
  if ok then
    -- The right is one thing, the machine's limits are another.
    local made
    made, err = core.netns_add "doctor"
    if made then made:close() else ok = nil end
    if err and not err.hint then err.hint = select(2, core.rights_hint(err.errno)) end
  end
  -- The initial user namespace maps everything onto itself.
  local map = first_line "/proc/self/uid_map" or ""
  local outer = map:match "^%s*0%s+(%d+)%s+%d+$"
  local real = map:match "^%s*0%s+0%s+4294967295$" ~= nil
  add { group = "rights", name = "namespaces", ok = ok == true, needed = true,
    means = "networks can be made",
    detail = ok and (real and "as root" or ("as uid %s, root in a user namespace"):format(outer or "?"))
      or ("%s (%s)"):format(err.message, err.code),
    hint = err and err.hint }
  local clone = number_in "/proc/sys/kernel/unprivileged_userns_clone"
  local apparmor = number_in "/proc/sys/kernel/apparmor_restrict_unprivileged_userns"
  local open = clone ~= 0 and apparmor ~= 1 and number_in "/proc/sys/user/max_user_namespaces" ~= 0
    and first_line "/proc/self/setgroups" ~= nil
  add { group = "rights", name = "ordinary users", ok = open, means = "scripts run without root",
    hint = not open and (clone == 0 and "sysctl -w kernel.unprivileged_userns_clone=1"
      or apparmor == 1 and "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
      or "sysctl -w user.max_user_namespaces=10000, in a kernel with CONFIG_USER_NS") or nil }
  return ok
end

local function limits(add)
  local files = limit "Max open files"
  -- A node holds its namespace and a netlink socket, and some more once it runs programs.
  add { group = "limits", name = "open files", ok = files and files >= 1024, detail = tostring(files),
    means = files and ("about %s nodes at once"):format(files == math.huge and "any number of" or files // 3) or "nodes at once",
    hint = files and files < 1024 and "ulimit -n 65536" or nil }
  for _, which in ipairs { { "net", "networks that one user may have" }, { "user", "user namespaces" } } do
    local name = ("max_%s_namespaces"):format(which[1])
    local value = number_in("/proc/sys/user/" .. name)
    add { group = "limits", name = name, ok = value and value >= 100, detail = value and tostring(value), means = which[2],
      hint = value and value < 100 and ("sysctl -w user.%s=10000"):format(name) or nil }
  end
  local neighbours = number_in "/proc/sys/net/ipv4/neigh/default/gc_thresh3"
  if neighbours then
    add { group = "limits", name = "neighbour table", ok = neighbours >= 1024, detail = tostring(neighbours),
      means = "learnt neighbours in all namespaces together; labs write theirs down and need none",
      hint = neighbours < 1024 and "sysctl -w net.ipv4.neigh.default.gc_thresh3=16384" or nil }
  end
end

-- Each tries something in a namespace of its own: nothing or a text when it works, else it raises.
local basics = {
  { "netlink", "links, addresses and routes", function(ns) ns.link:list() end, needed = true },
  { "veth", "links between nodes", function(ns) ns.link:add("probe0", { type = "veth", peer = "probe1" }) end, needed = true },
  { "bridge", "switches", function(ns) ns.link:add("probe0", { type = "bridge" }) end },
  { "IPv6", "addresses of its family", function(ns) ns.addr:add("2001:db8::1/64", "lo") end },
  { "forwarding", "routers of IPv4", function(ns) ns:sysctl("net.ipv4.ip_forward", 1) end },
  -- A value that it has not: what stands there already is no refusal.
  { "sysctl", "ns:sysctl, routers of IPv6", function(ns)
    ns:sysctl("net.ipv4.icmp_ratelimit", ns:sysctl "net.ipv4.icmp_ratelimit" == "0" and 1 or 0)
  end },
  { "raw sockets", "ns:ping, ns:traceroute", function(ns)
    assert(ns:ping("127.0.0.1", { count = 1, socket = "raw", timeout = 1 }).received == 1, "no reply on loopback")
  end },
  { "ping sockets", "ns:ping where raw sockets are refused", function(ns)
    ns:sysctl("net.ipv4.ping_group_range", "0 0")
    assert(ns:ping("127.0.0.1", { count = 1, socket = "dgram", timeout = 1 }).received == 1, "no reply on loopback")
  end },
  { "capture", "ns:capture", function(ns) ns:capture("lo"):close() end },
  { "programs", "ns:run and ns:spawn", function(ns) assert(ns:run({ "/bin/sh", "-c", "exit 0" }).code == 0) end },
}

local function try(add, group, name, means, probe, needed)
  local ns <close> = require("netlua.netns").add "doctor"
  local ok, err = pcall(probe, ns)
  local finding = { group = group, name = name, ok = ok, means = means, needed = needed }
  if not ok then
    if core.is_error(err) then
      finding.hint = err.hint
      finding.detail = err.kernel or err.message
      -- A refusal that says nothing of the kernel's build says nothing of the feature either.
      if (group == "links" or group == "qdiscs" or group == "filters" or group == "actions") and not err.hint then
        finding.ok = not err.field or nil
        finding.detail = nil
      end
    else
      finding.detail = tostring(err)
    end
  end
  add(finding)
end

-- The least that a kind wants to hear before it is looked for.
local link_options = {
  veth = { peer = "probe1" }, vlan = { link = "lo", id = 1 }, vxlan = { id = 1, dstport = 4789 },
  macvlan = { link = "below" }, macvtap = { link = "below" }, ipvlan = { link = "below" }, vrf = { table = 10 },
  geneve = { id = 1, remote = "192.0.2.1" }, tun = { mode = "tun" },
}
local link_means = {
  veth = "links between nodes", bridge = "switches", dummy = "interfaces that swallow everything",
  vlan = "802.1Q tags", vxlan = "Ethernet over UDP", macvlan = "several hardware addresses on one interface",
  macvtap = "macvlan for virtual machines", ipvlan = "several addresses on one interface", vrf = "routing tables by interface",
  bond = "several interfaces as one", ifb = "queueing what comes in", tun = "packets to and from a program",
  gre = "GRE over IPv4", gretap = "Ethernet in GRE", ipip = "IPv4 in IPv4", sit = "IPv6 in IPv4",
  ip6tnl = "tunnels over IPv6", ip6gre = "GRE over IPv6", ip6gretap = "Ethernet in GRE over IPv6",
  geneve = "Ethernet over UDP", wireguard = "encrypted tunnels", vti = "IPsec interfaces", xfrm = "IPsec interfaces",
  macsec = "802.1AE", netkit = "links for BPF programs", nlmon = "captures netlink messages",
}
local qdisc_options = { tbf = { rate = "1mbit", burst = 5000, limit = 5000 } }
local qdisc_means = {
  netem = "delay, loss, reordering", tbf = "a rate", htb = "rates of classes", fq_codel = "short queues, fair flows",
  codel = "short queues", fq = "paced flows", sfq = "fair flows", red = "early drops", prio = "bands", pfifo = "a queue of packets",
  bfifo = "a queue of bytes", pfifo_fast = "the usual queue", noqueue = "no queue", ingress = "filters for what comes in",
  clsact = "filters for what comes in and goes out",
}
local filter_means = { u32 = "by words of the packet", matchall = "everything", flower = "by addresses and ports", fw = "by mark" }
local action_means = { mirred = "redirect, mirror", gact = "drop, pass" }
-- Made by the kernel itself, never asked for.
local untried = { pfifo_fast = true, noqueue = true }

local function with(options, type)
  local copy = { type = type }
  for key, value in pairs(options or {}) do copy[key] = value end
  return copy
end

local tries = {
  link = function(add, word)
    try(add, "links", word, link_means[word] or "", function(ns)
      local options = with(link_options[word], word)
      if options.link == "below" then ns.link:add("below", { type = "veth", peer = "below1" }) end
      ns.link:add("probe0", options)
    end)
  end,
  qdisc = function(add, word)
    if untried[word] then return end
    try(add, "qdiscs", word, qdisc_means[word] or "", function(ns) ns.qdisc:add("lo", with(qdisc_options[word], word)) end)
  end,
  filter = function(add, word)
    try(add, "filters", word, filter_means[word] or "", function(ns)
      ns.qdisc:add("lo", { type = "htb", handle = "1:" })
      ns.filter:add("lo", { type = word, parent = "1:", classid = "1:1", handle = word == "fw" and 1 or nil })
    end)
  end,
  action = function(add, word)
    try(add, "actions", word, action_means[word] or "", function(ns)
      ns.qdisc:add("lo", { type = "htb", handle = "1:" })
      ns.filter:add("lo", { type = "u32", parent = "1:", action = word == "mirred" and { redirect = "lo" } or "drop" })
    end)
  end,
  nft = function(add, word)
    local known, err = require("netlua.nft_feature").known(word)
    add { group = "nft", name = word, ok = known, means = "in rulesets of ns:nft", detail = err and err.message,
      hint = known == false and core.feature_hint("nft", word) or nil }
  end,
}

local function programs(add)
  for _, p in ipairs {
    { "dot", "pictures of labs (netlua draw, lab:draw)", "apt-get install graphviz" },
  } do
    local path = in_path(p[1])
    add { group = "programs", name = p[1], ok = path ~= nil, means = p[2], detail = path, hint = not path and p[3] or nil }
  end
end

--- Tries everything.
---@return netlua.doctor.Finding[] findings
---@return boolean healthy whether scripts can run
function M.examine()
  local findings, healthy = {}, true
  local function add(finding)
    findings[#findings + 1] = finding
    if finding.needed and not finding.ok then healthy = false end
  end
  local can = rights(add)
  limits(add)
  if can then
    for _, b in ipairs(basics) do try(add, "basics", b[1], b[2], b[3], b.needed) end
    local has_nft, message = pcall(require, "netlua.nft")
    if not has_nft then
      add { group = "nft", name = "libnftables", ok = false, means = "ns:nft", detail = message,
        hint = "apt-get install libnftables1" }
    end
    for _, f in ipairs(core.features()) do
      local one = tries[f.group]
      if one and (f.group ~= "nft" or has_nft) then one(add, f.word) end
      if f.group == "link" and f.word == "bridge" then
        try(add, "links", "vlan_filtering", "bridges that tell VLANs apart", function(ns)
          ns.link:add("probe0", { type = "bridge", vlan_filtering = true })
        end)
      end
    end
  end
  programs(add)
  return findings, healthy
end

-- --- telling -----------------------------------------------------------------------------------------------

local order = { "rights", "limits", "basics", "links", "qdiscs", "filters", "actions", "nft", "programs" }
-- Groups in which what is there fits one line.
local compact = { links = true, qdiscs = true, filters = true, actions = true, nft = true }

local function wrapped(words, first, indent, width)
  local lines, line = {}, first
  for _, word in ipairs(words) do
    if #line + 1 + #word > width and line ~= first then
      lines[#lines + 1] = line
      line = (" "):rep(indent)
    end
    line = line .. (line:match "%S$" and " " or "") .. word
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n")
end

--- The findings as text: one line each; of kinds that are there, all in one.
---@param findings netlua.doctor.Finding[]
---@return string
function M.text(findings)
  local out = {}
  for _, group in ipairs(order) do
    local there, lines = {}, {}
    for _, f in ipairs(findings) do
      if f.group == group then
        if f.ok and compact[group] then
          there[#there + 1] = f.name
        else
          local mark = f.ok and "yes" or f.ok == false and "no " or "?  "
          local line = ("  %s  %-20s %s"):format(mark, f.name, f.means)
          local needs = compact[group] and f.hint and f.hint:match ": it (needs .*)"
          if needs then
            line = line .. "; " .. needs
          elseif f.detail and f.detail ~= "" then
            line = line .. (f.ok and " (" .. f.detail .. ")" or ": " .. f.detail)
          end
          lines[#lines + 1] = line
          if f.hint and not needs then lines[#lines + 1] = (" "):rep(7) .. "-> " .. f.hint end
        end
      end
    end
    if #there > 0 or #lines > 0 then
      out[#out + 1] = group
      if #there > 0 then out[#out + 1] = wrapped(there, "  yes  ", 7, 100) end
      for _, line in ipairs(lines) do out[#out + 1] = line end
    end
  end
  return table.concat(out, "\n") .. "\n"
end

return M
