--- ns.rule: routing policy, ip-rule(8): in which table is a packet's route looked for?
local check = require("netlua.core").check

---@class netlua.Rule
---@field ns netlua.Netns
local Rule = {}
Rule.__index = Rule

---@param ns netlua.Netns
---@return netlua.Rule
function Rule.new(ns)
  return setmetatable({ ns = ns }, Rule)
end

---@class netlua.Rule.Opts
---@field from? string prefix, or "all" (default)
---@field to? string prefix, or "all" (default)
---@field family? "inet"|"inet6" where no address says it; default inet
---@field priority? integer lower ones come first; default: before the first one there is (also `pref`)
---@field pref? integer
---@field tos? string|integer "AF11", 0x10; also called `dsfield`
---@field dsfield? string|integer
---@field fwmark? integer|string 1, "0x1/0xff"
---@field fwmask? integer
---@field iif? string in by this link; need not be there yet
---@field oif? string out by this link
---@field l3mdev? boolean the table of the VRF it came in by or goes out by
---@field uidrange? integer|string 1000, "1000-1999": whose process sends
---@field ipproto? string|integer "tcp", "udp", 6
---@field sport? integer|string 53, "1000-2000"
---@field dport? integer|string
---@field tun_id? integer
---@field not? boolean what does not match: written `["not"] = true`
---@field table? "main"|"local"|"default"|string|integer default: main (also `lookup`)
---@field lookup? string|integer
---@field suppress_prefixlength? integer a route of this length or shorter does not count
---@field suppress_ifgroup? integer a route over a link of this group does not count
---@field realms? integer
---@field goto? integer go on at the rule with this priority: written `["goto"] = 100`
---@field type? "unicast"|"blackhole"|"unreachable"|"prohibit"|"nop" also called `action`
---@field action? string
---@field proto? string|integer who entered it

--- `ip rule add …`
---@param rule netlua.Rule.Opts
function Rule:add(rule)
  check(self.ns.core:rule_add(rule))
end

--- `ip rule del …`: the first one that all that is said fits.
---@param rule netlua.Rule.Opts
function Rule:del(rule)
  check(self.ns.core:rule_del(rule))
end

--- `ip -json -details rule`
---@param filter? netlua.Rule.Opts default: IPv4's
---@return table[] rules
function Rule:list(filter)
  return check(self.ns.core:rule_list(filter))
end

--- `ip rule flush …`: removes every rule that the filter lets through but the one for the local table.
---@param filter? netlua.Rule.Opts without one: all, as ip does
---@return integer count how many there were
function Rule:flush(filter)
  return check(self.ns.core:rule_flush(filter))
end

return require("netlua.colon").class("ns.rule", Rule)
