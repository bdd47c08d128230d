--- ns.wireguard: keys and peers of WireGuard links, in the words of wg(8).
--
--   local wg = netlua.wireguard
--   local key = wg.genkey()
--   ns.link:add("wg0", { type = "wireguard", private_key = key, listen_port = 51820, up = true })
--   ns.wireguard:set("wg0", { peers = { {
--     public_key = wg.pubkey(other_key), endpoint = "192.0.2.2:51820", allowed_ips = { "198.51.100.0/24" },
--   } } })
local core = require "netlua.core"
local check = core.check

---@class netlua.Wireguard
---@field ns netlua.Netns
local Wireguard = {}
Wireguard.__index = Wireguard

---@param ns netlua.Netns
---@return netlua.Wireguard
function Wireguard.new(ns)
  return setmetatable({ ns = ns }, Wireguard)
end

---@class netlua.Wireguard.Peer
---@field public_key string base64
---@field preshared_key? string|false base64; false takes it away
---@field endpoint? string "192.0.2.1:51820", "[2001:db8::1]:51820"
---@field allowed_ips? string[] prefixes; they take the place of those that are there
---@field persistent_keepalive? integer|false seconds; false or 0: off
---@field remove? boolean removes the peer
---@field update_only? boolean changes it only if it is there

---@class netlua.Wireguard.Opts
---@field private_key? string|false base64; false takes it away
---@field listen_port? integer 0: the kernel's choice
---@field fwmark? integer 0: none
---@field peers? netlua.Wireguard.Peer[] to add or change
---@field replace_peers? boolean peers that are not named are removed

--- `wg set DEV …`. `ns.link:add` with type "wireguard" takes the same options.
---@param dev string
---@param opts netlua.Wireguard.Opts
function Wireguard:set(dev, opts)
  check(self.ns.core:wireguard_set(dev, opts))
end

--- `wg show DEV`: ifname, private_key, public_key, listen_port, fwmark, and peers with public_key, preshared_key,
--- endpoint, allowed_ips, latest_handshake (seconds since 1970), transfer_rx and transfer_tx (bytes) and
--- persistent_keepalive (seconds). What is not set is absent.
---@param dev string
---@return table
function Wireguard:get(dev)
  return check(self.ns.core:wireguard_get(dev))
end

--- `wg genkey`: a private key, base64.
---@return string
function Wireguard.genkey() return check(core.wg_genkey()) end

--- `wg genpsk`: a preshared key, base64.
---@return string
function Wireguard.genpsk() return check(core.wg_genpsk()) end

--- `wg pubkey`: the public key of a private one (X25519, RFC 7748).
---@param private_key string base64
---@return string base64
function Wireguard.pubkey(private_key) return core.wg_pubkey(private_key) end

return require("netlua.colon").class("ns.wireguard", Wireguard, { genkey = true, genpsk = true, pubkey = true })
