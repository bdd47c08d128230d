--- ns.class: classes of an htb queueing discipline, tc-htb(8).
---
---     ns.qdisc:add("eth0", { type = "htb", handle = "1:", default = 0x20 })
---     ns.class:add("eth0", { classid = "1:10", rate = "1mbit", ceil = "2mbit" })
local check = require("netlua.core").check

---@class netlua.Class
---@field ns netlua.Netns
local Class = {}
Class.__index = Class

---@param ns netlua.Netns
---@return netlua.Class
function Class.new(ns)
  return setmetatable({ ns = ns }, Class)
end

---@class netlua.Class.Opts
---@field classid string "1:10"
---@field parent? string its qdisc (default) or another class
---@field type? "htb"
---@field rate netlua.tc.Rate what it may always have
---@field ceil? netlua.tc.Rate what it may borrow up to (default: rate)
---@field burst? netlua.tc.Size bytes that may go at once (default: one packet)
---@field cburst? netlua.tc.Size the same at `ceil`
---@field prio? integer lower ones borrow first
---@field quantum? netlua.tc.Size bytes a turn
---@field mtu? netlua.tc.Size (default 1600)
---@field mpu? integer bytes that a packet counts at least
---@field overhead? integer bytes added to each packet

--- `tc class add dev DEV …`
---@param dev string
---@param opts netlua.Class.Opts
function Class:add(dev, opts) check(self.ns.core:class_add(dev, opts)) end

--- `tc class replace dev DEV …`
---@param dev string
---@param opts netlua.Class.Opts
function Class:replace(dev, opts) check(self.ns.core:class_replace(dev, opts)) end

--- `tc class change dev DEV …`
---@param dev string
---@param opts netlua.Class.Opts
function Class:change(dev, opts) check(self.ns.core:class_change(dev, opts)) end

--- `tc class del dev DEV classid CLASSID`
---@param dev string
---@param which { classid: string }
function Class:del(dev, which) check(self.ns.core:class_del(dev, which)) end

--- `tc -details -statistics class show dev DEV`, with the keys of the newer tc's JSON: class, handle, parent or
--- root, leaf, rate and ceil in bytes a second, and the counters.
---@param dev string
---@return table[] classes
function Class:list(dev) return check(self.ns.core:class_list(dev)) end

return require("netlua.colon").class("ns.class", Class)
