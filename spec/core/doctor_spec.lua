-- `netlua doctor`: what it says is so.
local core = require "netlua.core"
local cjson = require "cjson"
local support = require "spec.support"
local doctor = require "netlua.doctor"

local function find(findings, group, name)
  for _, f in ipairs(findings) do
    if f.group == group and f.name == name then return f end
  end
  error(("no finding %s: %s"):format(group, name), 2)
end

describe("netlua doctor", function()
  local findings, healthy = doctor.examine()

  it("finds a machine on which this spec runs healthy", function()
    assert.is_true(healthy)
    for _, name in ipairs { "netlink", "veth", "bridge", "IPv6", "forwarding", "sysctl", "raw sockets", "ping sockets", "capture",
      "programs" } do
      local f = find(findings, "basics", name)
      assert.is_true(f.ok, name .. ": " .. tostring(f.detail))
    end
    assert.is_true(find(findings, "rights", "namespaces").ok)
  end)

  it("tells of everything what it is, whether it is there, and what would bring it", function()
    for _, f in ipairs(findings) do
      local what = f.group .. " " .. f.name
      assert.is_boolean(f.ok, what .. ": " .. tostring(f.detail))
      assert.is_true(#f.means > 0, what)
      if not f.ok then assert.is_string(f.hint, what .. ": " .. tostring(f.detail)) end
    end
  end)

  it("has an answer for every feature that a kernel may lack", function()
    local groups = { link = "links", qdisc = "qdiscs", filter = "filters", action = "actions", nft = "nft" }
    for _, f in ipairs(core.features()) do
      if groups[f.group] and f.word ~= "pfifo_fast" and f.word ~= "noqueue" then
        local finding = find(findings, groups[f.group], f.word)
        -- What this user may not open says nothing about the kernel.
        local forbidden = not finding.ok and finding.hint:find("may not be opened by this user", 1, true)
        if not finding.ok and not forbidden then assert.matches(f.config, finding.hint, 1, true) end
      end
    end
  end)

  it("says whether a bridge can tell VLANs apart", function()
    local ns = support.netns "vlans"
    local finding = find(findings, "links", "vlan_filtering")
    support.inside(ns, "ip link add br0 type bridge; ip link set br0 type bridge vlan_filtering 1")
    local data = support.ip(ns, "link show br0")[1].linkinfo.info_data
    assert.equal(data.vlan_filtering == 1, finding.ok)
    if not finding.ok then assert.matches("CONFIG_BRIDGE_VLAN_FILTERING", finding.hint, 1, true) end
  end)

  it("says of links and queueing disciplines what ip and tc say", function()
    local ns = support.netns "oracle"
    for _, kind in ipairs { "dummy", "bridge", "ifb", "wireguard", "veth", "bond", "gretap" } do
      local _, err = support.run_in(ns, { "ip", "link", "add", "p-" .. kind, "type", kind })
      assert.equal(find(findings, "links", kind).ok, not err:find "Unknown device type", kind)
    end
    for _, kind in ipairs { "netem", "pfifo", "sfq", "fq_codel", "prio" } do
      local _, err = support.run_in(ns, { "tc", "qdisc", "add", "dev", "lo", "root", kind })
      assert.equal(find(findings, "qdiscs", kind).ok, not err:find "qdisc kind is unknown", kind)
      support.run_in(ns, { "tc", "qdisc", "del", "dev", "lo", "root" })
    end
  end)

  it("prints a line for each and ends with 0", function()
    local run = support.netlua "doctor"
    local out = run.out
    assert.equal(0, run.code)
    assert.matches("^Linux %d", out)
    assert.matches("\nrights\n  yes  namespaces ", out)
    assert.matches("\n  yes  open files ", out)
    assert.matches("\nScripts can run here%.\n$", out)
    local json = cjson.decode(support.netlua("doctor", "--json").out)
    assert.is_true(json.healthy)
    assert.equal(#findings, #json.findings)
  end)

  it("says what is in the way and ends with 1", function()
    local program = support.quote(support.program())
    local run = support.sh(
      "unshare --user --map-root-user sh -c 'echo 0 >/proc/sys/user/max_net_namespaces && exec \"$@\"' sh "
      .. program .. " doctor")
    local out = run.out
    assert.equal(1, run.code, out)
    assert.matches("\n  no   namespaces ", out)
    assert.matches("max_net_namespaces", out)
    assert.matches("\nScripts cannot run here%.\n$", out)
  end)

  it("takes no other option", function()
    assert.equal(2, support.netlua("doctor", "--nonsense").code)
  end)
end)
