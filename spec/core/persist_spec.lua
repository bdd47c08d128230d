-- { persist = true }: a node that `ip netns` sees. In mount namespaces of the test's own, with a /run of their own.
local program = require "spec.support.program"
local quote, sh = program.quote, program.sh

local function in_own_run(script, options)
  return sh(("unshare --mount sh -c %s"):format(quote(("mount -t tmpfs tmpfs /run && %s"):format(script)))
    :gsub("^unshare", "unshare " .. (options or "")))
end

local function code(text) return quote(program.host) .. " -e " .. quote(text) end

describe("persist", function()
  it("shows a namespace to ip netns, with what is in it, until it is closed", function()
    local out = in_own_run(code [[
      local ns = netlua.netns.add("ns1", { persist = true })
      ns.link:add("d0", { type = "veth", peer = "d1" })
      os.execute "ip netns list; ip -n ns1 -br link show d0 | cut -d@ -f1"
      print(netlua.netns.open "ns1".core:id() == ns.core:id())
      ns:close()
      os.execute "ip netns list; ls -A /run/netns"
      print "closed"]])
    assert.equal("ns1\nd0\ntrue\nclosed\n", out)
  end)

  it("takes the name away at the end of the script, also after an error", function()
    local out = in_own_run(code [[netlua.netns.add("ns1", { persist = true }) error("on purpose", 0)]] ..
      "; ls -A /run/netns; echo end")
    assert.truthy(out:find "on purpose\n.*in %?\nend\n$", out)
  end)

  it("leaves it where the script was killed, as ip netns would; ip netns del takes it", function()
    local out = in_own_run(code [[netlua.netns.add("ns1", { persist = true }) io.popen("kill -9 $PPID"):close()]] ..
      "; ip netns list; ip netns del ns1 && ls -A /run/netns")
    assert.truthy(out:find "ns1\n$", out)
  end)

  it("refuses a name that is taken or cannot be one, and leaves nothing half done", function()
    local out = in_own_run(code [[
      local first = netlua.netns.add("ns1", { persist = true })
      local ok, err = pcall(netlua.netns.add, "ns1", { persist = true })
      print(ok, err.code, err.op, err.subject)
      ok, err = pcall(netlua.netns.add, "a/b", { persist = true })
      print(ok, err.code)
      first:close()
      os.execute "ls -A /run/netns"
      print(pcall(netlua.netns.add, "x", { persit = true }))]])
    assert.equal("false\tEEXIST\tnetns.publish\t/run/netns/ns1\nfalse\tEINVAL\n" ..
      "false\t(command line):8: netns.add: options: unknown key 'persit': did you mean 'persist'?\n", out)
  end)

  it("shows the nodes of a lab, built or added later, and takes them back with it", function()
    local out = in_own_run(code [[
      local lab = netlua.lab "lab"
      local a, b = lab:host("a", { persist = true }), lab:host "b"
      lab:link(a, b)
      lab:build()
      lab:router("r", { persist = true })
      os.execute "ip netns list | sort"
      lab:close()
      os.execute "ls -A /run/netns"
      local second = netlua.lab "second"
      second:host("c", { persist = true })
      second:host("a/b", { persist = true })
      print(pcall(second.build, second))
      os.execute "ls -A /run/netns"]])
    assert.truthy(out:find "^a\nr\nfalse\t.*'a/b' is no name of a namespace.*\n$", out)
    assert.falsy(out:find "\nc\n", out)
  end)

  it("is over when netlua down ends the lab", function()
    local dir = program.directory { ["lab.lua"] = [[
      local netlua = require "netlua"
      local lab <close> = netlua.lab "shown"
      lab:host("a", { persist = true })
      lab:build()]] }
    local host = quote(program.host)
    local out = in_own_run(("export XDG_RUNTIME_DIR=%s; %s up %s/lab.lua >/dev/null; ip netns list; %s down shown; ls -A /run/netns")
      :format(dir, host, dir, host))
    program.remove(dir)
    assert.equal("a\nlab shown is down\n", out)
  end)

  it("says what it needs where it is refused", function()
    local out = sh(("unshare --mount sh -c %s"):format(quote("mount -t tmpfs -o ro tmpfs /run && " .. code [[
      local ok, err = pcall(netlua.netns.add, "ns1", { persist = true })
      print(ok, err.code, err.hint)]])))
    assert.truthy(out:find "^false\tEROFS\tnames for ip netns need root and mounts; .*netlua up", out)
  end)
end)
