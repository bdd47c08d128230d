-- ns.wireguard: keys, peers and what crosses the tunnel.
local support = require "spec.support"
local netlua = require "netlua"
local core = netlua.core
local wg = netlua.wireguard

local function fails(...)
  local ok, err = pcall(...)
  assert.is_false(ok)
  assert.is_true(core.is_error(err), tostring(err))
  return err
end

describe("wireguard keys", function()
  it("are 32 bytes in base64, a new one each time", function()
    local key = wg.genkey()
    assert.equal(44, #key)
    assert.not_equal(key, wg.genkey())
    assert.equal(44, #wg.genpsk())
    assert.equal(44, #wg.pubkey(key))
    assert.equal(wg.pubkey(key), wg.pubkey(key))
  end)

  it("give the public keys of RFC 7748", function()
    -- Section 5.2, first iteration: X25519(9, 9).
    assert.equal("QiyOemIn17yhNQs+K7cnn3iXuHu2hUt4PGDoAxGuMHk=",
      wg.pubkey "CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
  end)

  it("are refused when they are none", function()
    assert.equal("private_key", fails(wg.pubkey, "abc").field)
    assert.equal("private_key", fails(wg.pubkey, 5).field)
    -- The message does not show what may be a secret.
    local err = fails(wg.pubkey, ("s"):rep(44))
    assert.is_nil(tostring(err):find("ssss", 1, true))
  end)
end)

describe("wireguard", function()
  it("set and get", function()
    support.need_kind "wireguard"
    local ns = support.netns "wg"
    local key, other, psk = wg.genkey(), wg.genkey(), wg.genpsk()
    ns.link:add("wg0", { type = "wireguard" })
    assert.same({ ifname = "wg0", listen_port = 0, peers = {} }, ns.wireguard:get "wg0")
    ns.wireguard:set("wg0", { private_key = key, listen_port = 51820, fwmark = 7, peers = {
      { public_key = wg.pubkey(other), preshared_key = psk, endpoint = "192.0.2.2:51821", persistent_keepalive = 25,
        allowed_ips = { "198.51.100.0/24", "2001:db8::/64" } },
      { public_key = wg.pubkey(key:gsub("^.", "A")), endpoint = "[2001:db8::2]:51820" },
    } })
    local got = ns.wireguard:get "wg0"
    assert.equal(key, got.private_key)
    -- What the kernel makes of the private key is what we make of it.
    assert.equal(wg.pubkey(key), got.public_key)
    assert.equal(51820, got.listen_port)
    assert.equal(7, got.fwmark)
    assert.equal(2, #got.peers)
    local peer = got.peers[1].public_key == wg.pubkey(other) and got.peers[1] or got.peers[2]
    table.sort(peer.allowed_ips)
    assert.same({ public_key = wg.pubkey(other), preshared_key = psk, endpoint = "192.0.2.2:51821",
      allowed_ips = { "198.51.100.0/24", "2001:db8::/64" }, persistent_keepalive = 25,
      transfer_rx = 0, transfer_tx = 0 }, peer)
    -- Twice, with less: the list is replaced, the rest stays.
    ns.wireguard:set("wg0", { peers = { { public_key = wg.pubkey(other), allowed_ips = "198.51.100.5/32",
      persistent_keepalive = false, preshared_key = false } } })
    got = ns.wireguard:get "wg0"
    peer = got.peers[1].public_key == wg.pubkey(other) and got.peers[1] or got.peers[2]
    assert.same({ "198.51.100.5/32" }, peer.allowed_ips)
    assert.is_nil(peer.persistent_keepalive)
    assert.is_nil(peer.preshared_key)
    assert.equal("192.0.2.2:51821", peer.endpoint)
    ns.wireguard:set("wg0", { peers = { { public_key = wg.pubkey(other), remove = true } } })
    assert.equal(1, #ns.wireguard:get("wg0").peers)
    ns.wireguard:set("wg0", { replace_peers = true, private_key = false })
    assert.same({ ifname = "wg0", listen_port = 51820, fwmark = 7, peers = {} }, ns.wireguard:get "wg0")
  end)

  it("takes more peers and addresses than fit into one message", function()
    support.need_kind "wireguard"
    local ns = support.netns "wg"
    local peers = {}
    for i = 1, 40 do
      local allowed = {}
      for k = 1, i == 7 and 700 or 5 do allowed[k] = ("198.18.%d.%d/32"):format(4 * i + k // 250, k % 250) end
      peers[i] = { public_key = wg.genpsk(), allowed_ips = allowed, endpoint = "192.0.2.9:" .. 1000 + i }
    end
    ns.link:add("wg0", { type = "wireguard", private_key = wg.genkey(), peers = peers })
    local got = ns.wireguard:get "wg0"
    assert.equal(40, #got.peers)
    local by_key = {}
    for _, peer in ipairs(got.peers) do by_key[peer.public_key] = peer end
    assert.equal(700, #by_key[peers[7].public_key].allowed_ips)
    assert.equal("192.0.2.9:1040", by_key[peers[40].public_key].endpoint)
  end)

  it("carries packets", function()
    support.need_kind "wireguard"
    local a, b = support.netns "a", support.netns "b"
    a.link:add("eth0", { type = "veth", peer = { name = "eth0", netns = b } })
    local keys = { wg.genkey(), wg.genkey() }
    for i, ns in ipairs { a, b } do
      ns.link:set("eth0", { up = true })
      ns.addr:add(("192.0.2.%d/24"):format(i), "eth0")
      ns.link:add("wg0", { type = "wireguard", private_key = keys[i], listen_port = 51820, up = true, peers = { {
        public_key = wg.pubkey(keys[3 - i]), endpoint = ("192.0.2.%d:51820"):format(3 - i),
        allowed_ips = { "198.51.100.0/24" } } } })
      ns.addr:add(("198.51.100.%d/24"):format(i), "wg0")
    end
    local reply = a:ping("198.51.100.2", { count = 2, interval = 0.1, timeout = 5 * support.slow })
    assert.equal(2, reply.received)
    local peer = a.wireguard:get("wg0").peers[1]
    assert.is_true(peer.latest_handshake > 1e9)
    assert.is_true(peer.transfer_rx > 0 and peer.transfer_tx > 0)
  end)

  it("takes a link back when its keys are wrong", function()
    support.need_kind "wireguard"
    local ns = support.netns "wg"
    assert.equal("endpoint", fails(ns.link.add, ns.link, "wg0", { type = "wireguard",
      peers = { { public_key = wg.genpsk(), endpoint = "nowhere" } } }).field)
    assert.equal("ENODEV", fails(ns.link.get, ns.link, "wg0").code)
  end)

  it("a wrong call names the field", function()
    local ns = support.netns "wg"
    local key = wg.genpsk()
    local function field(opts) return fails(ns.wireguard.set, ns.wireguard, "lo", opts).field end
    assert.equal("options", field(nil))
    assert.equal("options", field { nix = 1 })
    assert.equal("private_key", field { private_key = "short" })
    assert.equal("listen_port", field { listen_port = 65536 })
    assert.equal("peers", field { peers = 5 })
    assert.equal("peers", field { peers = { 5 } })
    assert.equal("public_key", field { peers = { {} } })
    assert.equal("options", field { peers = { { public_key = key, nix = 1 } } })
    for _, endpoint in ipairs { "192.0.2.1", "192.0.2.1:0", "2001:db8::1:80", "[192.0.2.1]:80", "x:80", "[2001:db8::1]80" } do
      assert.equal("endpoint", field { peers = { { public_key = key, endpoint = endpoint } } })
    end
    assert.equal("allowed_ips", field { peers = { { public_key = key, allowed_ips = { "192.0.2.0/33" } } } })
    assert.equal("allowed_ips", field { peers = { { public_key = key, allowed_ips = 5 } } })
    assert.equal("persistent_keepalive", field { peers = { { public_key = key, persistent_keepalive = -1 } } })
  end)

  it("what the kernel refuses is said in its words", function()
    local ns = support.netns "wg"
    assert.equal("ENODEV", fails(ns.wireguard.get, ns.wireguard, "nix").code)
    assert.equal("ENODEV", fails(ns.wireguard.set, ns.wireguard, "nix", { listen_port = 1 }).code)
    -- No WireGuard link, or a kernel without any.
    local err = fails(ns.wireguard.get, ns.wireguard, "lo")
    assert.equal("EOPNOTSUPP", err.code)
    assert.equal("wireguard.get", err.op)
    assert.equal("wg", err.node)
  end)

  it("is refused in a closed namespace", function()
    local ns = support.netns "wg"
    local wireguard = ns.wireguard
    ns:close()
    assert.truthy(tostring(fails(wireguard.get, wireguard, "wg0")):find("closed netns", 1, true))
    assert.truthy(tostring(fails(wireguard.set, wireguard, "wg0", {})):find("closed netns", 1, true))
  end)
end)
