--- ns.filter: which packets go to which class, or to another interface: tc-u32(8), tc-matchall(8), tc-flower(8),
--- tc-fw(8).
---
---     ns.filter:add("eth0", { type = "u32", parent = "1:", protocol = "ip", dst_ip = "192.0.2.1", classid = "1:10" })
---     ns.filter:add("eth0", { type = "matchall", parent = "ingress", action = { redirect = "ifb0" } })
local check = require("netlua.core").check

---@class netlua.Filter
---@field ns netlua.Netns
local Filter = {}
Filter.__index = Filter

---@param ns netlua.Netns
---@return netlua.Filter
function Filter.new(ns)
  return setmetatable({ ns = ns }, Filter)
end

---@class netlua.Filter.Opts
---@field type "u32"|"matchall"|"flower"|"fw"
---@field parent? string a qdisc ("1:"), "ingress" or "egress" of a clsact (default: the root's qdisc)
---@field protocol? "all"|"ip"|"ipv6"|"arp"|"802.1Q" (default "all")
---@field prio? integer lower ones are asked first (default: before all others)
---@field handle? integer (fw) the packets' mark
---@field classid? string where they go
---@field src_ip? string (u32, flower) an address or a prefix
---@field dst_ip? string
---@field ip_proto? "tcp"|"udp"|"sctp"|"icmp"|"icmpv6"|integer
---@field src_port? integer with ip_proto "tcp" or "udp"
---@field dst_port? integer
---@field action? "drop"|"pass"|{ redirect: string }|{ mirror: string } to be sent out of another interface

--- `tc filter add dev DEV …`
---@param dev string
---@param opts netlua.Filter.Opts
function Filter:add(dev, opts) check(self.ns.core:filter_add(dev, opts)) end

--- `tc filter replace dev DEV …`
---@param dev string
---@param opts netlua.Filter.Opts
function Filter:replace(dev, opts) check(self.ns.core:filter_replace(dev, opts)) end

--- `tc filter del dev DEV …`
---@param dev string
---@param which? { parent?: string, prio?: integer } without prio all of the parent
function Filter:del(dev, which) check(self.ns.core:filter_del(dev, which)) end

--- `tc -json filter show dev DEV`: parent, protocol, pref, kind, chain and options, with tc's keys; a u32 filter's
--- words are a list, `matches`, where tc's JSON repeats one key.
---@param dev string
---@param which? { parent?: string } default: the root's qdisc
---@return table[] filters
function Filter:list(dev, which) return check(self.ns.core:filter_list(dev, which)) end

return require("netlua.colon").class("ns.filter", Filter)
