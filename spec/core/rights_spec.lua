-- The right to make namespaces: an ordinary user's process, and the gates that may be shut.
-- What each gate is known by is tested in C (unit/test_rights.c); here it is the words a person gets.
local program = require "spec.support.program"
local netlua, quote = program.netlua, program.quote

-- A shell in a user namespace where it is root, with the given words run before the host, which then has
-- no rights of its own: the state of an ordinary user.
local function as_user(before, host_arguments)
  return program.sh(([[unshare --user --map-root-user sh -c %s]]):format(quote(([[
    %s
    exec setpriv --bounding-set=-all --inh-caps=-all %s %s]]):format(before, quote(program.host), host_arguments))))
end

local make_one = "-e " .. quote [[
  local ok, err = pcall(netlua.netns.add, "a")
  if ok then print "made" else print(err.op, err.code, err.gate, err.hint) end]]

describe("the rights", function()
  it("are those of root where they are at hand: nothing is entered", function()
    local print_net = "-e " .. quote "io.write(io.popen('readlink /proc/self/ns/net'):read 'a')"
    local own = program.sh "readlink /proc/self/ns/net"
    assert.equal(own, (netlua(print_net)))
  end)

  it("are those of root in namespaces of its own for an ordinary user", function()
    local look = "-e " .. quote [[
      local function link(name) return io.popen("readlink /proc/self/ns/" .. name):read "l" end
      print(link "user", link "net", io.popen "id -u":read "l")
      local made = netlua.netns.add "a"
      local lo = netlua.netns.self().link:get "lo"
      print(made.link:get "lo".operstate, #netlua.netns.self().link:list(), lo.operstate)]]
    local out, status = as_user("readlink /proc/self/ns/user /proc/self/ns/net", look)
    assert.equal(0, status, out)
    local user, net, own_user, own_net, id = out:match "^(%S+)\n(%S+)\n(%S+)\t(%S+)\t(%d+)\n"
    assert.truthy(user and user ~= own_user, out)
    assert.truthy(net and net ~= own_net, out)
    assert.equal("65534", id) -- root without CAP_SETFCAP may map nobody; a real user is mapped, below
    assert.truthy(out:find "UNKNOWN\t1\tUNKNOWN\n$", out) -- loopback is up, and alone
  end)

  it("make a real ordinary user root in its own process, and owner of its own files", function()
    if program.mapped() then return pending "the specs run in an ordinary user's namespace already" end
    local ordinary = "setpriv --reuid 1000 --regid 1000 --clear-groups "
    if select(2, program.sh(ordinary .. "test -x " .. quote(program.host))) ~= 0 then
      return pending "an ordinary user may not run this build, where it lies"
    end
    local dir = program.directory()
    program.sh("chmod 777 " .. dir)
    local out, status = program.sh(([[
      cd %s && %s %s -e %s; stat -c %%u:%%g mine]]):format(dir, ordinary, quote(program.host), quote [[
        print(io.popen "id -u":read "l", io.popen "cat /proc/self/uid_map":read "l")
        netlua.netns.add "a"
        io.open("mine", "w"):close()]]))
    program.remove(dir)
    assert.equal(0, status)
    assert.truthy(out:find "^0%s+0%s+1000%s+1\n1000:1000\n$", out)
  end)

  it("say what allows more user namespaces when there are none", function()
    local out, status = as_user("echo 0 > /proc/sys/user/max_user_namespaces", make_one)
    assert.equal("netns.add\tENOSPC\tlimit\tno more user namespaces are allowed (user.max_user_namespaces); " ..
      "to allow them: sudo sysctl -w user.max_user_namespaces=15000\n", out)
    assert.equal(0, status)
  end)

  it("say the script's line with it", function()
    local dir = program.directory { ["a.lua"] = "local netlua = require 'netlua'\n\nnetlua.netns.add 'a'\n" }
    local out, status = as_user("echo 0 > /proc/sys/user/max_user_namespaces", dir .. "/a.lua")
    assert.truthy(out:find(dir .. "/a.lua:3: netns.add own user namespace: No space left on device (ENOSPC); no more",
      1, true), out)
    assert.equal(1, status)
    program.remove(dir)
  end)

  it("say what allows more network namespaces when there are none", function()
    -- As root: the namespace itself is refused, not the way to the rights.
    local out = program.sh("unshare --user --map-root-user sh -c " .. quote(([[
      echo 0 > /proc/sys/user/max_net_namespaces; exec %s %s]]):format(quote(program.host), make_one)))
    assert.truthy(out:find("^netns.add\tENOSPC\tnet limit\t.*sudo sysctl %-w user.max_net_namespaces=15000\n$"), out)
  end)

  it("say the same of a lab: when none can be made, and when a number in the middle is one too many", function()
    local ordinary = "setpriv --bounding-set=-all --inh-caps=-all "
    local function refused(most, how)
      return program.sh("unshare --user --map-root-user sh -c " .. quote(([[
        echo %d > /proc/sys/user/max_%s_namespaces; exec %s %s -e %s]]):format(most, how == "" and "net" or "user", how,
        quote(program.host), quote [[
          local lab = netlua.lab "many"
          for i = 1, 20 do lab:host("h" .. i) end
          local ok, err = pcall(lab.build, lab)
          print(ok, err.code, err.gate, err.hint)
          print(pcall(lab.close, lab))]])))
    end
    assert.matches("^false\tENOSPC\tlimit\t.*sudo sysctl %-w user.max_user_namespaces=15000\ntrue\n$", refused(0, ordinary))
    assert.matches("^false\tENOSPC\tnet limit\t.*sudo sysctl %-w user.max_net_namespaces=15000\ntrue\n$", refused(0, ""))
    assert.matches("^false\tENOSPC\tnet limit\tno more network .*sudo sysctl %-w user.max_net_namespaces=100000", refused(10, ""))
  end)

  it("are used for more open files where a lab needs them, and say what opens more", function()
    local build = ("exec %s %s"):format(quote(program.host), "-e " .. quote [[
      local lab = netlua.lab "large"
      for i = 1, 100 do lab:host("h" .. i) end
      local ok, err = pcall(lab.build, lab)
      print(ok, err.code, err.hint)
      for i = 1, ok and 100 or 0 do netlua.netns.add("n" .. i) end]])
    assert.matches("^true\t", program.sh("ulimit -Sn 64; " .. build))
    assert.matches("^false\tEMFILE\ta namespace needs two open files, and this process may have 64; to allow more: ulimit %-n",
      program.sh("ulimit -n 64; " .. build))
  end)

  it("say that a chroot is in the way", function()
    local dir = program.directory()
    -- The program and what it needs, in a plain directory: bind mounts that go with the mount namespace.
    local out, status = program.sh("unshare --user --map-root-user --mount sh -c " .. quote(([[
      cd %s
      for d in usr lib lib64 bin proc %s; do
        test -d /$d && mkdir -p ./$d && mount --rbind /$d ./$d
      done
      exec chroot . setpriv --bounding-set=-all --inh-caps=-all %s %s]]):format(dir,
      program.host:match "^/([^/]+)", quote(program.host), make_one)))
    program.remove(dir)
    assert.truthy(out:find "^netns.add\tEPERM\tchroot\t.*unshare %-%-map%-root%-user %-%-root=DIR", out)
    assert.equal(0, status)
  end)

  it("are not needed for what needs none", function()
    local shut = "echo 0 > /proc/sys/user/max_user_namespaces"
    local out, status = as_user(shut, "-e " .. quote "print(netlua.now() > 0, 1 + 1)")
    assert.equal("true\t2\n", out)
    assert.equal(0, status)
    assert.truthy(as_user(shut, "--version"):find "^netlua ")
    assert.truthy(as_user(shut, "-e " .. quote "print(netlua.netns.self().link:get 'lo'.ifname)"):find "^lo\n$")
  end)

  for what, code in pairs {
    namespace = [[print(netlua.netns.add "a".link:get "lo".operstate)]],
    lab = [[local lab = netlua.lab "x" lab:link(lab:host "a", lab:host "b") lab:build()
      print(lab:node "a".link:get "lo".operstate)]],
  } do
  it("come with the first " .. what .. " in a stock Lua", function()
    local modules = netlua("-e 'print((package.cpath:match \"[^;]+\"))'"):gsub("\n", "")
    local scripts = netlua("-e 'print((require \"netlua.host\".library))'"):gsub("\n", "")
    local out, status = program.sh("unshare --user --map-root-user setpriv --bounding-set=-all --inh-caps=-all " ..
      ("env LUA_PATH='%s/?.lua;%s/?/init.lua' LUA_CPATH='%s' %s -e %s"):format(scripts, scripts, modules,
      program.stock_lua, quote('local netlua = require "netlua" ' .. code)))
    assert.equal("UNKNOWN\n", out)
    assert.equal(0, status)
  end)
  end

  describe("in a container whose /proc/sys is read-only", function()
    -- The same cover that Docker and Podman put over it.
    local cover = "mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys && "
    local set = "-e " .. quote [[
      local a = netlua.netns.add "a"
      local now = a:sysctl "net.ipv4.ip_forward"
      a:sysctl("net.ipv4.ip_forward", now)
      local ok, err = pcall(a.sysctl, a, "net.ipv4.ip_forward", 1 - now)
      if ok then print("changed", a:sysctl "net.ipv4.ip_forward" - now) else print(err.code, err.hint) end]]

    it("are enough as root to write sysctls of a namespace", function()
      if program.mapped() then return pending "only the machine's root can look behind the cover" end
      local out = program.sh("unshare --mount sh -c " .. quote(cover .. quote(program.host) .. " " .. set))
      assert.truthy(out:find "^changed\t%-?1\n$", out)
    end)

    -- In a user namespace inside, the cover cannot be lifted, and no /proc of one's own may be mounted.
    local function covered(arguments)
      return program.sh("unshare --user --map-root-user --mount sh -c " .. quote(cover ..
        "exec unshare --user --map-root-user --mount " .. quote(program.host) .. " " .. arguments))
    end

    it("say what uncovers it where they are not; what stands there already is no matter", function()
      local out = covered("-e " .. quote [[
        local a = netlua.netns.add "a"
        local now = a:sysctl "net.ipv4.icmp_ratelimit"
        a:sysctl("net.ipv4.icmp_ratelimit", now)
        local ok, err = pcall(a.sysctl, a, "net.ipv4.icmp_ratelimit", now + 1)
        print(ok, err.code, err.hint)]])
      assert.truthy(out:find "^false\tEROFS\t/proc/sys is read%-only in this container; start it with: %-%-privileged", out)
    end)

    it("forward IPv4 all the same: by netlink, each interface that is there", function()
      local out = covered("-e " .. quote [[
        local a, r, b = netlua.netns.add "a", netlua.netns.add "r", netlua.netns.add "b"
        for i, ns in ipairs { a, b } do
          ns.link:add("eth0", { type = "veth", peer = { name = "eth" .. i, netns = r }, up = true })
          r.link:set("eth" .. i, { up = true })
          ns.addr:add(("192.0.2.%d/25"):format(i * 128 - 127), "eth0")
          r.addr:add(("192.0.2.%d/25"):format(i * 128 - 2), "eth" .. i)
          ns.route:add("default", { via = ("192.0.2.%d"):format(i * 128 - 2) })
        end
        print(a:ping("192.0.2.129", { count = 1, timeout = 0.2 }).received)
        r:sysctl("net.ipv4.ip_forward", 1)
        print(a:ping("192.0.2.129", { count = 1 }).received)
        r:sysctl("net.ipv4.conf.eth1.forwarding", false)
        print(a:ping("192.0.2.129", { count = 1, timeout = 0.2 }).received)
        r:sysctl("net/ipv4/conf/eth1/rp_filter", 2)
        print(r:sysctl "net.ipv4.conf.eth1.rp_filter")
        print(pcall(r.sysctl, r, "net.ipv4.conf.eth1.rp_filter", "two"))]])
      assert.truthy(out:find "^0\n1\n0\n2\nfalse\t.*EROFS", out)
    end)

    it("build the common lab, and say what is missing in it", function()
      local script = [[
        local lab <close> = netlua.lab("covered", %s)
        local a, r, b = lab:host "a", lab:router "r", lab:host "b"
        lab:link(a, r)
        lab:link(r, b)
        lab:build()
        print(a:ping(b, { count = 2, interval = 0.01 }).received)
        print(a:run({ "cat", "/etc/hostname" }).code)
        local late = lab:host "late"
        lab:link(r, late)
        print(a:ping(late, { count = 1 }).received, a:traceroute(late).reached)]]
      local out = covered("-e " .. quote(script:format "nil"))
      assert.truthy(out:find("netlua: warning: lab.build covered: IPv6 is not forwarded", 1, true), out)
      assert.truthy(out:find("/proc/sys is read-only in this container; start it with:", 1, true), out)
      assert.truthy(out:find "\n2\n0\n1\ttrue\n$", out)
      local alone = covered("-e " .. quote(script:format "{ family = 'inet' }"))
      assert.falsy(alone:find("IPv6", 1, true), alone)
      assert.truthy(alone:find "2\n0\n1\ttrue\n$", alone)
      local six = covered("-e " .. quote(script:format "{ family = 'inet6' }"))
      assert.truthy(six:find("IPv6 cannot be forwarded: Read-only file system (EROFS)", 1, true), six)
    end)

    it("refuse a setting of a node that only the file can give", function()
      local out = covered("-e " .. quote [[
        local lab <close> = netlua.lab "covered"
        lab:host("a", { sysctl = { ["net.ipv4.icmp_msgs_per_sec"] = 7 } })
        print(select(2, pcall(lab.build, lab)).hint)]])
      assert.truthy(out:find "/proc/sys is read%-only in this container; start it with: %-%-privileged", out)
    end)
  end)
end)
