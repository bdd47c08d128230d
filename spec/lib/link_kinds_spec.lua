-- One link of each kind with many of its options: made by us and made by `ip` they are the same to `ip`, and what we say of
-- it is what `ip -json -details -statistics -statistics` says.
local support = require "spec.support"
local answers = require "spec.support.answers"
local cjson = require "cjson"

-- Every namespace has the pair of a veth, up, to stand on; names and addresses are given, so that nothing is random.
local function stage(name)
  local ns = support.netns(name)
  ns.link:add("low", {
    type = "veth", address = "02:00:00:00:00:10", addrgenmode = "none", index = 10,
    peer = { name = "lowpeer", address = "02:00:00:00:00:11", addrgenmode = "none", index = 11 },
  })
  ns.link:set("low", { up = true })
  ns.link:set("lowpeer", { up = true })
  return ns
end

-- What changes by itself from one answer to the next, or is drawn by lot.
local moving = { stats64 = true, hello_timer = true, tcn_timer = true, topology_change_timer = true, gc_timer = true,
  message_age_timer = true, forward_delay_timer = true, hold_timer = true }

local function still(value)
  if type(value) ~= "table" then return value end
  local copy = {}
  for key, item in pairs(value) do
    if moving[key] and type(item) == "number" then item = 0 end
    if item ~= cjson.null then copy[key] = still(item) end
  end
  return copy
end

-- The link called x out of a list, without what differs between two namespaces: counters, and the address a tunnel was
-- born with.
local function only_x(list)
  for _, link in ipairs(still(list)) do
    if link.ifname == "x" then
      link.stats64, link.permaddr = nil, nil
      return { link }
    end
  end
  error "there is no x"
end

-- Counters move while one looks: two equal answers of ours around ip's mean that nothing did.
local function same_as_ip(ns, uncounted)
  local function seen(list)
    list = still(list)
    for _, link in ipairs(list) do
      if link.ifname == uncounted then link.stats64 = nil end
    end
    return list
  end
  for _ = 1, 50 do
    local before = seen(ns.link:list())
    local theirs = seen(support.ip(ns, "-s -s link"))
    local after = seen(ns.link:list())
    if answers.differences("link", before, after) == nil then
      answers.same("link", before, theirs)
      return
    end
  end
  error "the counters never stood still"
end

local function run_ip(ns, command)
  local run = support.inside(ns, "ip " .. command)
  assert.equal(0, run.code, command .. ": " .. run.out)
end

---@class KindCase
---@field kind string
---@field opts table for link:add, without type
---@field ip string the same in ip's words, behind `type KIND`
---@field common? string what stands in front of `type`
---@field name? string for the test
---@field up? boolean false: it cannot come up without routes
---@field no_address? boolean it has no Ethernet address
---@field option? string that a kernel may have been built without

---@type KindCase[]
local cases = {
  { kind = "bridge", opts = {}, ip = "" },
  { kind = "bridge", name = "with all that any kernel has",
    opts = { forward_delay = 400, hello_time = 150, max_age = 1000, ageing_time = 20000, stp_state = true,
      priority = 4096, group_fwd_mask = "0x8", group_address = "01:80:c2:00:00:0d", mcast_snooping = 0,
      mcast_router = 2, mcast_query_use_ifaddr = true, mcast_hash_max = 512,
      mcast_last_member_count = 3, mcast_startup_query_count = 4, mcast_last_member_interval = 200,
      mcast_membership_interval = 20000, mcast_querier_interval = 20000, mcast_query_interval = 10000,
      mcast_query_response_interval = 900, mcast_startup_query_interval = 3000, mcast_stats_enabled = true,
      mcast_igmp_version = 3, mcast_mld_version = 2, no_linklocal_learn = true },
    ip = "forward_delay 400 hello_time 150 max_age 1000 ageing_time 20000 stp_state 1 priority 4096 group_fwd_mask 8 "
      .. "group_address 01:80:c2:00:00:0d mcast_snooping 0 mcast_router 2 mcast_query_use_ifaddr 1 mcast_hash_max 512 "
      .. "mcast_last_member_count 3 mcast_startup_query_count 4 mcast_last_member_interval 200 "
      .. "mcast_membership_interval 20000 mcast_querier_interval 20000 mcast_query_interval 10000 "
      .. "mcast_query_response_interval 900 mcast_startup_query_interval 3000 mcast_stats_enabled 1 "
      .. "mcast_igmp_version 3 mcast_mld_version 2 no_linklocal_learn 1" },
  { kind = "bridge", name = "that filters VLANs", option = "vlan_filtering",
    opts = { vlan_filtering = true, vlan_protocol = "802.1ad", vlan_default_pvid = 7, vlan_stats_enabled = 1,
      vlan_stats_per_port = true },
    ip = "vlan_filtering 1 vlan_protocol 802.1ad vlan_default_pvid 7 vlan_stats_enabled 1 vlan_stats_per_port 1" },
  { kind = "vlan", common = "link low", opts = { link = "low", id = 5 }, ip = "id 5" },
  { kind = "vlan", name = "with everything", common = "link low",
    opts = { link = "low", id = 4000, protocol = "802.1ad", reorder_hdr = false, loose_binding = true,
      ingress_qos_map = { "1:2", { from = 3, to = 4 } }, ["egress-qos-map"] = { "5:6" } },
    ip = "protocol 802.1ad id 4000 reorder_hdr off loose_binding on ingress-qos-map 1:2 3:4 egress-qos-map 5:6" },
  { kind = "macvlan", common = "link low", opts = { link = "low" }, ip = "" },
  { kind = "macvlan", name = "that is a bridge", common = "link low",
    opts = { link = "low", mode = "bridge", bcqueuelen = 50 }, ip = "mode bridge bcqueuelen 50" },
  { kind = "macvlan", name = "that passes through", common = "link low",
    opts = { link = "low", mode = "passthru", nopromisc = true }, ip = "mode passthru nopromisc" },
  { kind = "macvlan", name = "for some sources", common = "link low",
    opts = { link = "low", mode = "source", macaddr = { "02:00:00:00:00:31", "02:00:00:00:00:32" } },
    ip = "mode source macaddr set 02:00:00:00:00:31 02:00:00:00:00:32" },
  { kind = "macvtap", common = "link low", opts = { link = "low", mode = "vepa" }, ip = "mode vepa" },
  { kind = "ipvlan", no_address = true, common = "link low", opts = { link = "low" }, ip = "" },
  { kind = "ipvlan", no_address = true, name = "in L2", common = "link low",
    opts = { link = "low", mode = "l2", private = true }, ip = "mode l2 private" },
  { kind = "ipvlan", no_address = true, name = "in L3S", common = "link low",
    opts = { link = "low", mode = "l3s", vepa = true }, ip = "mode l3s vepa" },
  { kind = "vxlan", opts = { id = 7, dstport = 4789 }, ip = "id 7 dstport 4789" },
  { kind = "vxlan", name = "with everything",
    opts = { id = 42, remote = "192.0.2.9", ["local"] = "192.0.2.1", dev = "low", srcport = { 10000, 20000 },
      dstport = 4790, ttl = 5, tos = "0x10", df = "set", flowlabel = 0, ageing = 100, maxaddress = 10, learning = false,
      proxy = true, rsc = true, l2miss = true, l3miss = true, udpcsum = false, udp6zerocsumtx = true,
      udp6zerocsumrx = true, remcsumtx = true, remcsumrx = true, gbp = true },
    ip = "id 42 remote 192.0.2.9 local 192.0.2.1 dev low srcport 10000 20000 dstport 4790 ttl 5 tos 0x10 df set "
      .. "ageing 100 maxaddress 10 nolearning proxy rsc l2miss l3miss noudpcsum udp6zerocsumtx udp6zerocsumrx "
      .. "remcsumtx remcsumrx gbp" },
  { kind = "vxlan", name = "to a group", opts = { id = 8, group = "239.1.1.1", dev = "low", dstport = 0, ttl = "inherit" },
    ip = "id 8 group 239.1.1.1 dev low dstport 0 ttl inherit" },
  { kind = "vxlan", name = "in IPv6",
    opts = { vni = 9, remote = "2001:db8::9", ["local"] = "2001:db8::1", dstport = 4789, label = 77, tos = "inherit" },
    ip = "vni 9 remote 2001:db8::9 local 2001:db8::1 dstport 4789 flowlabel 77 tos inherit" },
  { kind = "vxlan", name = "that routes choose", opts = { external = true, dstport = 4789 }, ip = "external dstport 4789" },
  { kind = "geneve", opts = { id = 7, remote = "192.0.2.9" }, ip = "id 7 remote 192.0.2.9" },
  { kind = "geneve", name = "with everything",
    opts = { id = 7, remote = "2001:db8::9", ttl = 9, tos = 16, flowlabel = 5, dstport = 7000, df = "unset",
      udp6zerocsumtx = true, noudp6zerocsumrx = true },
    ip = "id 7 remote 2001:db8::9 ttl 9 tos 0x10 flowlabel 5 dstport 7000 df unset udp6zerocsumtx noudp6zerocsumrx" },
  { kind = "geneve", name = "that routes choose", opts = { external = true }, ip = "external" },
  { kind = "dummy", opts = { mtu = 1400 }, common = "mtu 1400", ip = "" },
  { kind = "ifb", opts = { txqueuelen = 50 }, common = "txqueuelen 50", ip = "" },
  { kind = "nlmon", no_address = true, opts = {}, ip = "" },
  { kind = "vrf", opts = { table = 10 }, ip = "table 10" },
  { kind = "bond", opts = {}, ip = "" },
  { kind = "bond", name = "by LACP",
    opts = { mode = "802.3ad", miimon = 100, updelay = 200, downdelay = 200, lacp_rate = "fast", ad_select = "count",
      xmit_hash_policy = "layer3+4", ad_actor_sys_prio = 100, ad_user_port_key = 3,
      ad_actor_system = "02:00:00:00:00:77", min_links = 1, lacp_active = "off" },
    ip = "mode 802.3ad miimon 100 updelay 200 downdelay 200 lacp_rate fast ad_select count xmit_hash_policy layer3+4 "
      .. "ad_actor_sys_prio 100 ad_user_port_key 3 ad_actor_system 02:00:00:00:00:77 min_links 1 lacp_active off" },
  { kind = "bond", name = "that asks with ARP",
    opts = { mode = "active-backup", arp_interval = 500, arp_ip_target = { "192.0.2.1", "192.0.2.2" },
      arp_validate = "active", arp_all_targets = "all", primary_reselect = "better", fail_over_mac = "active",
      num_grat_arp = 3, resend_igmp = 2, all_slaves_active = true, arp_missed_max = 4 },
    ip = "mode active-backup arp_interval 500 arp_ip_target 192.0.2.1,192.0.2.2 arp_validate active arp_all_targets all "
      .. "primary_reselect better fail_over_mac active num_grat_arp 3 resend_igmp 2 all_slaves_active 1 arp_missed_max 4" },
  { kind = "gre", no_address = true, opts = { remote = "192.0.2.9", ["local"] = "192.0.2.1" },
    ip = "remote 192.0.2.9 local 192.0.2.1" },
  { kind = "gre", no_address = true, name = "with everything",
    opts = { remote = "192.0.2.9", ["local"] = "192.0.2.1", dev = "low", ttl = 9, tos = "inherit", ikey = 5,
      okey = "0.0.1.0", iseq = true, ocsum = true, fwmark = 9, encap = "gue", encap_sport = "auto", encap_dport = 5555,
      encap_csum = true },
    ip = "remote 192.0.2.9 local 192.0.2.1 dev low ttl 9 tos inherit ikey 5 okey 0.0.1.0 iseq ocsum fwmark 9 encap gue "
      .. "encap-sport auto encap-dport 5555 encap-csum" },
  { kind = "gre", no_address = true, name = "to a group", up = false, opts = { remote = "239.1.1.1", ["local"] = "192.0.2.1" },
    ip = "remote 239.1.1.1 local 192.0.2.1" },
  { kind = "gretap", opts = { remote = "192.0.2.9", ["local"] = "192.0.2.1", key = 7, csum = true, seq = true,
      pmtudisc = false, ignore_df = true },
    ip = "remote 192.0.2.9 local 192.0.2.1 key 7 csum seq nopmtudisc ignore-df" },
  { kind = "gretap", name = "that routes choose", opts = { external = true }, ip = "external" },
  { kind = "ipip", no_address = true, opts = { remote = "192.0.2.9", ["local"] = "192.0.2.1", ttl = 64 },
    ip = "remote 192.0.2.9 local 192.0.2.1 ttl 64" },
  { kind = "ipip", no_address = true, name = "with everything",
    opts = { mode = "ipip", remote = "192.0.2.9", ["local"] = "192.0.2.1", dev = "low", tos = 8, pmtudisc = false,
      fwmark = "0x7", encap = "fou", encap_sport = 7000, encap_dport = 7001, encap_remcsum = true },
    ip = "mode ipip remote 192.0.2.9 local 192.0.2.1 dev low tos 8 nopmtudisc fwmark 7 encap fou encap-sport 7000 "
      .. "encap-dport 7001 encap-remcsum" },
  { kind = "sit", no_address = true, opts = { remote = "192.0.2.9", ["local"] = "192.0.2.1" },
    ip = "remote 192.0.2.9 local 192.0.2.1" },
  { kind = "sit", no_address = true, name = "for 6rd",
    opts = { ["local"] = "192.0.2.1", ttl = 64, mode = "ip6ip", ["6rd-prefix"] = "2001:db8::/32",
      ["6rd-relay_prefix"] = "192.0.2.0/24" },
    ip = "local 192.0.2.1 ttl 64 mode ip6ip 6rd-prefix 2001:db8::/32 6rd-relay_prefix 192.0.2.0/24" },
  { kind = "sit", no_address = true, name = "for ISATAP", opts = { ["local"] = "192.0.2.1", isatap = true },
    ip = "local 192.0.2.1 isatap" },
  { kind = "ip6tnl", no_address = true, opts = { remote = "2001:db8::9", ["local"] = "2001:db8::1" },
    ip = "remote 2001:db8::9 local 2001:db8::1" },
  { kind = "ip6tnl", no_address = true, name = "with everything",
    opts = { mode = "ipip6", remote = "2001:db8::9", ["local"] = "2001:db8::1", dev = "low", hoplimit = 9,
      encaplimit = "none", tclass = "0x20", flowlabel = "0x12345", dscp = "inherit", allow_localremote = true,
      fwmark = "inherit" },
    ip = "mode ipip6 remote 2001:db8::9 local 2001:db8::1 dev low hoplimit 9 encaplimit none tclass 0x20 "
      .. "flowlabel 0x12345 dscp inherit allow-localremote fwmark inherit" },
  { kind = "ip6tnl", no_address = true, name = "that routes choose", opts = { external = true, mode = "any" },
    ip = "external mode any" },
  { kind = "ip6gre", no_address = true,
    opts = { remote = "2001:db8::9", ["local"] = "2001:db8::1", key = 3, tclass = "inherit", flowlabel = "inherit",
      encaplimit = 7, fwmark = 6, ttl = "inherit" },
    ip = "remote 2001:db8::9 local 2001:db8::1 key 3 tclass inherit flowlabel inherit encaplimit 7 fwmark 6 ttl inherit" },
  { kind = "ip6gretap", opts = { remote = "2001:db8::9", ["local"] = "2001:db8::1", iseq = true, oseq = true },
    ip = "remote 2001:db8::9 local 2001:db8::1 iseq oseq" },
  { kind = "vti", no_address = true, opts = { remote = "192.0.2.9", ["local"] = "192.0.2.1", key = 5, fwmark = 3 },
    ip = "remote 192.0.2.9 local 192.0.2.1 key 5 fwmark 3" },
  { kind = "xfrm", no_address = true, opts = { dev = "low", if_id = 10 }, ip = "dev low if_id 10" },
  { kind = "wireguard", no_address = true, opts = {}, ip = "" },
}

describe("a link of kind", function()
  for _, case in ipairs(cases) do
    it(("%s %s"):format(case.kind, case.name or ""), function()
      support.need_kind(case.kind)
      local ours, theirs = stage "ours", stage "theirs"
      local opts = { type = case.kind, addrgenmode = "none", index = 20 }
      local common = (case.common or "") .. " index 20"
      if not case.no_address then
        opts.address = "02:00:00:00:00:20"
        common = common .. " address 02:00:00:00:00:20"
      end
      for key, value in pairs(case.opts) do opts[key] = value end
      local ok, err = pcall(ours.link.add, ours.link, "x", opts)
      if not ok and case.option and err.code == "EOPNOTSUPP" then
        support.skip(("this kernel has no links of type %s with %s"):format(case.kind, case.option))
      end
      assert(ok, tostring(err))
      run_ip(theirs, ("link add %s name x type %s %s"):format(common, case.kind, case.ip))
      run_ip(theirs, "link set x addrgenmode none")
      -- What ip sees of both is the same, and so is what we see.
      answers.same("link", only_x(support.ip(ours, "link")), only_x(support.ip(theirs, "link")))
      answers.same("link", only_x(ours.link:list()), only_x(theirs.link:list()))
      -- nlmon counts the very messages that ask.
      local uncounted = case.kind == "nlmon" and "x" or nil
      same_as_ip(ours, uncounted)
      if case.up ~= false then
        ours.link:set("x", { up = true })
        same_as_ip(ours, uncounted)
      end
      assert.same(ours.link:get("x").linkinfo.info_kind, case.kind)
    end)
  end

  it("veth, in one namespace and across two", function()
    local ns, other = stage "ours", support.netns "other"
    ns.link:add("x", { type = "veth", peer = { name = "y", netns = other }, mtu = 1300, numtxqueues = 3 })
    ns.link:set("x", { alias = "to the other", group = 77, txqueuelen = 12, multicast = false, arp = false,
      promisc = true, allmulticast = true })
    ns.link:property_add("x", "a-second-name-that-is-long", "x2")
    same_as_ip(ns)
    same_as_ip(other)
    ns.link:set("x", { up = true })
    other.link:set("y", { up = true })
    same_as_ip(ns)
    ns.link:set("low", { down = true })
    same_as_ip(ns)
  end)

  for _, mode in ipairs { "tun", "tap" } do
    it("tun, as " .. mode, function()
      support.need_kind "tun"
      -- Made by a device file, whose rights are the machine's affair: many let only root open it.
      local device = io.open("/dev/net/tun", "r+")
      if not device then support.skip "this user may not open /dev/net/tun" end
      device:close()
      local ours, theirs = stage "ours", stage "theirs"
      ours.link:add("x", { type = "tun", mode = mode, user = 0, group = 0, pi = true, vnet_hdr = true,
        multi_queue = mode == "tap" })
      run_ip(theirs, ("tuntap add dev x mode %s user 0 group 0 pi vnet_hdr %s")
        :format(mode, mode == "tap" and "multi_queue" or ""))
      same_as_ip(ours)
      for _, ns in ipairs { ours, theirs } do
        ns.link:set("x", { addrgenmode = "none", address = mode == "tap" and "02:00:00:00:00:20" or nil })
      end
      local a, b = support.ip(ours, "link show x")[1], support.ip(theirs, "link show x")[1]
      a.ifindex, b.ifindex = nil, nil
      assert.same(b, a)
    end)
  end

  it("bridge, with ports", function()
    local ns = stage "ours"
    ns.link:add("br", { type = "bridge", address = "02:00:00:00:00:20", addrgenmode = "none", up = true,
      mcast_snooping = false })
    ns.link:add("a", { type = "veth", peer = "b", addrgenmode = "none", up = true })
    ns.link:set("b", { up = true }) -- a port without a carrier cannot be given a state
    ns.link:set("a", { master = "br" })
    ns.link:set("low", { master = "br" })
    same_as_ip(ns)
    ns.link:set("a", { type = "bridge_slave", priority = 3, cost = 77, hairpin = true, guard = true,
      root_block = true, fastleave = true, learning = false, flood = false, proxy_arp = true, mcast_router = 2,
      mcast_flood = false, bcast_flood = false, mcast_to_unicast = true, neigh_suppress = true, group_fwd_mask = 8,
      isolated = true, locked = true, backup_port = "low" })
    -- Taken, and taken back: without spanning tree the kernel lets a port with a carrier forward.
    ns.link:set("a", { state = "disabled" })
    same_as_ip(ns)
    local data = ns.link:get("a").linkinfo.info_slave_data
    assert.equal("forwarding", data.state)
    assert.equal(77, data.cost)
    assert.is_true(data.isolated)
    assert.is_false(data.learning)
    assert.equal("low", data.backup_port)
    assert.equal("0x8", data.group_fwd_mask)
    ns.link:set("a", { nomaster = true })
    assert.is_nil(ns.link:get("a").master)
    same_as_ip(ns)
  end)

  it("bond, with ports", function()
    support.need_kind "bond"
    local ns = stage "ours"
    ns.link:add("x", { type = "bond", mode = "802.3ad", miimon = 100, addrgenmode = "none" })
    ns.link:set("low", { down = true })
    ns.link:set("low", { master = "x" })
    ns.link:set("x", { up = true })
    ns.link:set("low", { type = "bond_slave", queue_id = 3 })
    same_as_ip(ns)
    ns.link:add("y", { type = "bond", mode = "active-backup", addrgenmode = "none" })
    ns.link:set("lowpeer", { down = true })
    ns.link:set("lowpeer", { master = "y" })
    ns.link:set("y", { primary = "lowpeer", up = true })
    same_as_ip(ns)
    assert.equal("lowpeer", ns.link:get("y").linkinfo.info_data.primary)
    assert.equal(3, ns.link:get("low").linkinfo.info_slave_data.queue_id)
  end)

  it("vrf, with ports", function()
    support.need_kind "vrf"
    local ns = stage "ours"
    ns.link:add("x", { type = "vrf", table = 77, up = true })
    ns.link:set("low", { vrf = "x" })
    same_as_ip(ns)
    assert.equal(77, ns.link:get("low").linkinfo.info_slave_data.table)
    assert.equal("low", ns.link:list({ vrf = "x" })[1].ifname)
  end)
end)
