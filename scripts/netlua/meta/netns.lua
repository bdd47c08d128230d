---@meta
--- The handle of a network namespace, `ns.core`: one method for each command of ip. See meta.lua.

---@class netlua.core.Netns
local Netns = {}

--- Gives the handle back. Idempotent.
function Netns:close() end

--- Is it closed?
---@return boolean
function Netns:closed() end

--- The descriptor, which stays the handle's.
---@return integer
function Netns:fd() end

--- "dev:inode": equal for two handles of the same namespace.
---@return string
function Netns:id() end

--- What people call it.
---@return string
function Netns:name() end

--- A value below /proc/sys/net.
---@param name string
---@return string?
---@return netlua.Error?
function Netns:sysctl_get(name) end

--- Writes one; true is 1 and false 0.
---@param name string
---@param value string|integer|boolean
---@return true?
---@return netlua.Error?
function Netns:sysctl_set(name, value) end

--- ip link add.
---@param name string
---@param opts table
---@return true?
---@return netlua.Error?
function Netns:link_add(name, opts) end

--- ip link set.
---@param name string
---@param opts table
---@return true?
---@return netlua.Error?
function Netns:link_set(name, opts) end

--- ip link delete.
---@param name string
---@return true?
---@return netlua.Error?
function Netns:link_del(name) end

--- ip link show dev NAME: one table.
---@param name string
---@return table?
---@return netlua.Error?
function Netns:link_get(name) end

--- ip link show: { type =, master =, nomaster =, vrf =, group =, up = }.
---@param filter? table
---@return table[]?
---@return netlua.Error?
function Netns:link_list(filter) end

--- ip link property add.
---@param name string
---@param ... string alternative names
---@return true?
---@return netlua.Error?
function Netns:link_property_add(name, ...) end

--- ip link property del.
---@param name string
---@param ... string alternative names
---@return true?
---@return netlua.Error?
function Netns:link_property_del(name, ...) end

--- bridge fdb add MAC dev DEV …
---@param mac string
---@param dev string
---@param opts? netlua.Fdb.Opts
---@return true? ok
---@return netlua.Error? err
function Netns:fdb_add(mac, dev, opts) end

--- bridge fdb append …
---@param mac string
---@param dev string
---@param opts? netlua.Fdb.Opts
---@return true? ok
---@return netlua.Error? err
function Netns:fdb_append(mac, dev, opts) end

--- bridge fdb replace …
---@param mac string
---@param dev string
---@param opts? netlua.Fdb.Opts
---@return true? ok
---@return netlua.Error? err
function Netns:fdb_replace(mac, dev, opts) end

--- bridge fdb del …
---@param mac string
---@param dev string
---@param opts? netlua.Fdb.Opts
---@return true? ok
---@return netlua.Error? err
function Netns:fdb_del(mac, dev, opts) end

--- bridge fdb show …
---@param filter? netlua.Fdb.Filter
---@return table[]? entries
---@return netlua.Error? err
function Netns:fdb_list(filter) end

--- bridge fdb get MAC …
---@param mac string
---@param where netlua.Fdb.Where
---@return table? entry
---@return netlua.Error? err
function Netns:fdb_get(mac, where) end

--- bridge fdb flush dev DEV …
---@param dev string
---@param conditions? netlua.Fdb.Flush
---@return true? ok
---@return netlua.Error? err
function Netns:fdb_flush(dev, conditions) end

--- bridge vlan add dev DEV vid VID …
---@param vid integer|string
---@param dev string
---@param opts? netlua.Vlan.Opts
---@return true? ok
---@return netlua.Error? err
function Netns:vlan_add(vid, dev, opts) end

--- bridge vlan del dev DEV vid VID …
---@param vid integer|string
---@param dev string
---@param opts? netlua.Vlan.Opts
---@return true? ok
---@return netlua.Error? err
function Netns:vlan_del(vid, dev, opts) end

--- bridge vlan show …
---@param filter? netlua.Vlan.Filter
---@return table[]? ports
---@return netlua.Error? err
function Netns:vlan_list(filter) end

--- Configures a wireguard link, `wg set`.
---@param dev string
---@param opts netlua.Wireguard.Opts
---@return true? ok
---@return netlua.Error? err
function Netns:wireguard_set(dev, opts) end

--- A wireguard link and its peers, `wg show`.
---@param dev string
---@return table? device
---@return netlua.Error? err
function Netns:wireguard_get(dev) end

--- What came up counts from now on, without the kernel's delay.
---@return true?
---@return netlua.Error?
function Netns:link_settle() end

--- ip address add.
---@param prefix string
---@param dev string
---@param opts? table
---@return true?
---@return netlua.Error?
function Netns:addr_add(prefix, dev, opts) end

--- ip address replace.
---@param prefix string
---@param dev string
---@param opts? table
---@return true?
---@return netlua.Error?
function Netns:addr_replace(prefix, dev, opts) end

--- ip address change.
---@param prefix string
---@param dev string
---@param opts? table
---@return true?
---@return netlua.Error?
function Netns:addr_change(prefix, dev, opts) end

--- ip address delete.
---@param prefix string
---@param dev string
---@param opts? table
---@return true?
---@return netlua.Error?
function Netns:addr_del(prefix, dev, opts) end

--- A flat list; `ifindex` and `dev` say whose address it is.
---@param filter? table
---@return table[]?
---@return netlua.Error?
function Netns:addr_list(filter) end

--- ip address flush: how many were removed.
---@param filter table
---@return integer?
---@return netlua.Error?
function Netns:addr_flush(filter) end

--- ip route add.
---@param dst string
---@param opts table
---@return true?
---@return netlua.Error?
function Netns:route_add(dst, opts) end

--- ip route replace.
---@param dst string
---@param opts table
---@return true?
---@return netlua.Error?
function Netns:route_replace(dst, opts) end

--- ip route change.
---@param dst string
---@param opts table
---@return true?
---@return netlua.Error?
function Netns:route_change(dst, opts) end

--- ip route append.
---@param dst string
---@param opts table
---@return true?
---@return netlua.Error?
function Netns:route_append(dst, opts) end

--- ip route prepend.
---@param dst string
---@param opts table
---@return true?
---@return netlua.Error?
function Netns:route_prepend(dst, opts) end

--- ip route delete.
---@param dst string
---@param opts? table
---@return true?
---@return netlua.Error?
function Netns:route_del(dst, opts) end

--- ip route show: { table =, family =, dev =, … }.
---@param filter? table
---@return table[]?
---@return netlua.Error?
function Netns:route_list(filter) end

--- ip route flush: how many were removed.
---@param filter table
---@return integer?
---@return netlua.Error?
function Netns:route_flush(filter) end

--- ip route get: { from =, iif =, oif =, mark =, … }.
---@param address string
---@param opts? table
---@return table?
---@return netlua.Error?
function Netns:route_get(address, opts) end

--- ip neighbour add.
---@param address string
---@param opts table
---@return true?
---@return netlua.Error?
function Netns:neigh_add(address, opts) end

--- ip neighbour replace.
---@param address string
---@param opts table
---@return true?
---@return netlua.Error?
function Netns:neigh_replace(address, opts) end

--- ip neighbour change.
---@param address string
---@param opts table
---@return true?
---@return netlua.Error?
function Netns:neigh_change(address, opts) end

--- ip neighbour delete.
---@param address string
---@param opts table
---@return true?
---@return netlua.Error?
function Netns:neigh_del(address, opts) end

--- ip neighbour get.
---@param address string
---@param opts table
---@return table?
---@return netlua.Error?
function Netns:neigh_get(address, opts) end

--- ip neighbour show: { dev =, nud =, proxy =, … }.
---@param filter? table
---@return table[]?
---@return netlua.Error?
function Netns:neigh_list(filter) end

--- ip neighbour flush: how many were removed.
---@param filter table
---@return integer?
---@return netlua.Error?
function Netns:neigh_flush(filter) end

--- ip rule add.
---@param opts table
---@return true?
---@return netlua.Error?
function Netns:rule_add(opts) end

--- ip rule delete.
---@param opts table
---@return true?
---@return netlua.Error?
function Netns:rule_del(opts) end

--- ip rule show.
---@param filter? table
---@return table[]?
---@return netlua.Error?
function Netns:rule_list(filter) end

--- ip rule flush: how many were removed.
---@param filter? table
---@return integer?
---@return netlua.Error?
function Netns:rule_flush(filter) end

--- ip nexthop add.
---@param id integer
---@param opts table
---@return true?
---@return netlua.Error?
function Netns:nexthop_add(id, opts) end

--- ip nexthop replace.
---@param id integer
---@param opts table
---@return true?
---@return netlua.Error?
function Netns:nexthop_replace(id, opts) end

--- ip nexthop delete.
---@param id integer
---@return true?
---@return netlua.Error?
function Netns:nexthop_del(id) end

--- ip nexthop get.
---@param id integer
---@return table?
---@return netlua.Error?
function Netns:nexthop_get(id) end

--- ip nexthop show.
---@param filter? table
---@return table[]?
---@return netlua.Error?
function Netns:nexthop_list(filter) end

--- ip nexthop flush: how many were removed.
---@param filter? table
---@return integer?
---@return netlua.Error?
function Netns:nexthop_flush(filter) end

--- A handle that has subscribed to "link", "address", "route", … when the call returns.
---@param groups string[]
---@param opts? { buffer?: integer }
---@return netlua.core.Monitor?
---@return netlua.Error?
function Netns:monitor_open(groups, opts) end

--- Does somebody listen?
---@param protocol "tcp"|"udp"
---@param port integer
---@param address? string only a socket that takes what comes to this address
---@return boolean?
---@return netlua.Error?
function Netns:port_open(protocol, port, address) end

--- How many were sent, which is all of them. `finish`: checksums and lengths are filled in.
---@param ifname string
---@param frames string[]
---@param opts? { finish?: boolean }
---@return integer?
---@return netlua.Error?
function Netns:send_frames(ifname, frames, opts) end

--- The hardware address as text, and the kind of hardware (ARPHRD_…).
---@param ifname string
---@return string? address
---@return integer? kind
function Netns:send_address(ifname) end

--- { type = "tcp" or "udp", ip =, port =, remote_ip =, remote_port =, backlog = }.
---@param opts table
---@return netlua.core.Socket?
---@return netlua.Error?
function Netns:socket(opts) end

--- tc qdisc add: see netlua.Qdisc for what the options are.
---@param dev string
---@param opts netlua.Qdisc.Opts
---@return true?
---@return netlua.Error?
function Netns:qdisc_add(dev, opts) end

---@param dev string
---@param opts netlua.Qdisc.Opts
---@return true?
---@return netlua.Error?
function Netns:qdisc_replace(dev, opts) end

---@param dev string
---@param opts netlua.Qdisc.Opts
---@return true?
---@return netlua.Error?
function Netns:qdisc_change(dev, opts) end

---@param dev string
---@param where? { parent?: string, handle?: string }
---@return true?
---@return netlua.Error?
function Netns:qdisc_del(dev, where) end

---@param dev? string all interfaces when absent
---@return table[]?
---@return netlua.Error?
function Netns:qdisc_list(dev) end

---@param dev string
---@param opts netlua.Class.Opts
---@return true?
---@return netlua.Error?
function Netns:class_add(dev, opts) end

---@param dev string
---@param opts netlua.Class.Opts
---@return true?
---@return netlua.Error?
function Netns:class_replace(dev, opts) end

---@param dev string
---@param opts netlua.Class.Opts
---@return true?
---@return netlua.Error?
function Netns:class_change(dev, opts) end

---@param dev string
---@param which? table
---@return true?
---@return netlua.Error?
function Netns:class_del(dev, which) end

---@param dev string
---@return table[]?
---@return netlua.Error?
function Netns:class_list(dev) end

---@param dev string
---@param opts netlua.Filter.Opts
---@return true?
---@return netlua.Error?
function Netns:filter_add(dev, opts) end

---@param dev string
---@param opts netlua.Filter.Opts
---@return true?
---@return netlua.Error?
function Netns:filter_replace(dev, opts) end

---@param dev string
---@param which? table
---@return true?
---@return netlua.Error?
function Netns:filter_del(dev, which) end

---@param dev string
---@param which? { parent?: string }
---@return table[]?
---@return netlua.Error?
function Netns:filter_list(dev, which) end

--- Shows it to `ip netns` by its name, until it is closed. ip-netns(8).
---@return true?
---@return netlua.Error?
function Netns:publish() end

---@return boolean
function Netns:published() end
