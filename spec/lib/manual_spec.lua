-- What `netlua help` and the prompt's help tell: the annotations, found by name or by value.
local netlua = require "netlua"
local manual = require "netlua.manual"
local program = require "spec.support.program"

describe("the manual", function()
  it("tells what a method does, takes and gives", function()
    local text = manual.of_name "ns:ping"
    assert.matches("^ns:ping%(target, opts%)\n\n  Sends echo requests", text)
    assert.matches("\n  target         string|netlua.Netns  an address", text, 1, true)
    assert.matches("\n    count?         integer  probes to send; 1 by default", text, 1, true)
    assert.matches("\n  returns        netlua.Ping.Result", text, 1, true)
    assert.equal(text, manual.of_name "ns.ping")
  end)

  it("tells the fields of options, and of those that they are built on", function()
    local text = manual.of_name "ns.link.add"
    assert.matches("^ns%.link:add%(name, opts%)\n", text)
    assert.matches("\n    peer?          string|netlua.Link.Peer  (veth) the other end\n", text, 1, true)
    assert.matches("\n    mtu?           integer  bytes\n", text, 1, true)
  end)

  it("passes over comments that are about the code", function()
    assert.matches("^netlua%.all%(list%)\n\n  Runs all functions at once and waits for them%.\n", manual.of_name "netlua.all")
  end)

  it("lists what an object has to call", function()
    for name, line in pairs {
      ns = "ns:traceroute(target, opts)       Finds the routers", ["ns.link"] = "ns.link:set(name, opts)        `ip link set",
      lab = "lab:host(name, opts)    A computer: it does not forward.\n", capture = "capture:select(match)      The packets",
      expect = "expect.reaches(from, to, opts)               `from` reaches `to`: every", proc = "proc:wait(opts) ",
      wait = "wait.carrier(ns, dev, opts) ", netlua = "netlua.why(from, to, opts) ", match = "match.range(min, max) ",
    } do
      assert.matches("\n" .. line, "\n" .. assert(manual.of_name(name), name), 1, true)
    end
  end)

  it("names the objects of a namespace, and leaves out what is the library's own", function()
    assert.matches("\n\nand more in ns.addr, ns.class, ns.fdb, ", manual.of_name "ns", 1, true)
    assert.matches("\n\nand more in netlua.capture, netlua.expect, ", manual.of_name "netlua", 1, true)
    assert.falsy(manual.of_name "lab":find("redraw", 1, true))
  end)

  it("tells about values", function()
    local ns <close> = netlua.netns.add "a"
    assert.equal(manual.of_name "ns", manual.of(ns))
    assert.matches("object:set(name, opts)", manual.of(ns.link), 1, true)
    assert.equal(manual.of_name "ns:ping", manual.of(ns.ping))
    assert.matches("^link:set%(name, opts%)\n\n", manual.of(ns.link.set))
    assert.matches("^why%(from, to, opts%)\n\n", manual.of(netlua.why))
    assert.equal(manual.of_name "expect.reaches", manual.of(netlua.expect.reaches))
    assert.is_nil(manual.of(function() end))
    assert.equal(manual.of_name "netlua", manual.of(netlua))
    local lab <close> = netlua.lab "l"
    assert.matches("object:link(a, b, opts)", manual.of(lab), 1, true)
    assert.equal(manual.of_name "ns", manual.of(lab:host "a"))
  end)

  it("has nothing to say of what nobody wrote about", function()
    for _, name in ipairs { "nonsense", "ns.nonsense", "ns:ping.more", "" } do assert.is_nil(manual.of_name(name)) end
    for _, value in ipairs { 1, "x", true, print, {} } do assert.is_nil(manual.of(value)) end
  end)

  it("is at hand on the command line and at the prompt", function()
    local host = program.quote(program.host)
    local out, status = program.sh(host .. " help ns:ping lab:link")
    assert.equal(0, status)
    assert.equal(manual.of_name "ns:ping" .. "\n\n" .. manual.of_name "lab:link" .. "\n", out)
    out, status = program.sh(host .. " help ch2_ping")
    assert.equal(0, status)
    assert.matches("^Chapter 2: ping%. .*\nExercises: 1%. [^\n]*\n[^\n]*\n$", out)
    out, status = program.sh(host .. " help nonsense 2>&1")
    assert.equal(1, status)
    assert.matches("^netlua: nothing is said of 'nonsense'%. There are: ns, ", out)
    assert.equal("netlua up --help tells about the command\n", (program.sh(host .. " help up")))
  end)
end)
