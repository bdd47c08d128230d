--- ns.qdisc: queueing disciplines, tc(8): delay, loss, rates.
---
---     ns.qdisc:add("eth0", { type = "netem", delay = "10ms", loss = "1%" })
---
--- Values are tc's texts ("10ms", "1mbit", "10kb", "1%") or numbers: seconds, bits a second, bytes, shares
--- from 0 to 1.
local check = require("netlua.core").check

---@class netlua.Qdisc
---@field ns netlua.Netns
local Qdisc = {}
Qdisc.__index = Qdisc

---@param ns netlua.Netns
---@return netlua.Qdisc
function Qdisc.new(ns)
  return setmetatable({ ns = ns }, Qdisc)
end

---@alias netlua.tc.Time string|number "10ms", or seconds
---@alias netlua.tc.Rate string|number "1mbit", or bits a second
---@alias netlua.tc.Size string|integer "10kb" (1024), or bytes
---@alias netlua.tc.Share string|number "1%", or 0 to 1

---@class netlua.Qdisc.Opts what stands where
---@field type string "netem", "tbf", "htb", "fq_codel", "pfifo", "bfifo", "prio", "ingress", "clsact"; another
--- kind of the kernel's without options
---@field parent? string "root" (default) or a class: "1:10"
---@field handle? string "1:"; the kernel chooses when it is absent

--- tc-netem(8). `change` and `replace` set everything anew: what is not said goes back to its usual value.
---@class netlua.Qdisc.Netem: netlua.Qdisc.Opts
---@field delay? netlua.tc.Time
---@field jitter? netlua.tc.Time how far delays spread
---@field delay_correlation? netlua.tc.Share
---@field distribution? "normal"|"pareto"|"paretonormal"|"uniform"|integer[] how they spread (default uniform); a
--- list holds the inverse distribution function in 1/8192 of the jitter, as tc's *.dist files
---@field loss? netlua.tc.Share
---@field loss_correlation? netlua.tc.Share
---@field loss_state? netlua.tc.Share[] `loss state p13 p31 p32 p23 p14`
---@field loss_gemodel? netlua.tc.Share[] `loss gemodel p r 1-h 1-k`
---@field ecn? boolean mark instead of drop
---@field duplicate? netlua.tc.Share
---@field duplicate_correlation? netlua.tc.Share
---@field corrupt? netlua.tc.Share
---@field corrupt_correlation? netlua.tc.Share
---@field reorder? netlua.tc.Share these are sent at once, the others wait for `delay`
---@field reorder_correlation? netlua.tc.Share
---@field gap? integer every so many-th packet is sent at once
---@field limit? integer packets in the queue (default 1000)
---@field rate? netlua.tc.Rate
---@field packet_overhead? integer bytes added to each packet when its time is computed
---@field cell_size? integer bytes
---@field cell_overhead? integer bytes
---@field slot? { min_delay?: netlua.tc.Time, max_delay?: netlua.tc.Time, packets?: integer, bytes?: integer,
--- distribution?: string|integer[], delay?: netlua.tc.Time, jitter?: netlua.tc.Time } deliveries in slots
---@field seed? integer 64 bits (the kernel's own choice may show as a negative number); makes the randomness repeatable;
--- Linux 6.6 and newer, an error elsewhere

---@class netlua.Qdisc.Tbf: netlua.Qdisc.Opts
---@field rate netlua.tc.Rate
---@field burst netlua.tc.Size the bucket
---@field latency? netlua.tc.Time the longest wait in the queue; this or `limit`
---@field limit? netlua.tc.Size bytes that may wait
---@field peakrate? netlua.tc.Rate
---@field mtu? netlua.tc.Size the peak's bucket, with `peakrate`
---@field mpu? integer bytes that a packet counts at least
---@field overhead? integer bytes added to each packet

---@class netlua.Qdisc.Htb: netlua.Qdisc.Opts
---@field default? integer|string minor number of the class for what no filter takes: 0x30 or "30"
---@field r2q? integer
---@field direct_qlen? integer packets

---@class netlua.Qdisc.FqCodel: netlua.Qdisc.Opts
---@field limit? integer packets
---@field flows? integer
---@field quantum? integer bytes
---@field target? netlua.tc.Time
---@field interval? netlua.tc.Time
---@field ce_threshold? netlua.tc.Time
---@field memory_limit? netlua.tc.Size
---@field drop_batch? integer
---@field ecn? boolean

--- `tc qdisc add dev DEV …`
---@param dev string
---@param opts netlua.Qdisc.Opts
function Qdisc:add(dev, opts) check(self.ns.core:qdisc_add(dev, opts)) end

--- `tc qdisc replace dev DEV …`
---@param dev string
---@param opts netlua.Qdisc.Opts
function Qdisc:replace(dev, opts) check(self.ns.core:qdisc_replace(dev, opts)) end

--- `tc qdisc change dev DEV …`
---@param dev string
---@param opts netlua.Qdisc.Opts
function Qdisc:change(dev, opts) check(self.ns.core:qdisc_change(dev, opts)) end

--- `tc qdisc del dev DEV …`
---@param dev string
---@param where? { parent?: string, handle?: string } default: the root's
function Qdisc:del(dev, where) check(self.ns.core:qdisc_del(dev, where)) end

--- `tc -json -details -statistics qdisc`: its keys, its values, its units (seconds in netem, microseconds in
--- tbf and fq_codel, bytes a second for rates), and `dev` in each. tbf also has `peakrate` and `limit`, which
--- tc's JSON leaves out.
---@param dev? string all interfaces when absent
---@return table[] qdiscs
function Qdisc:list(dev) return check(self.ns.core:qdisc_list(dev)) end

return require("netlua.colon").class("ns.qdisc", Qdisc)
