-- netlua.all, race, timeout, spawn, sleep: several things at once, ended together.
local netlua = require "netlua"

-- Something that says when it is closed.
local function closable(log, name)
  return setmetatable({}, { __close = function() log[#log + 1] = name end })
end

describe("netlua.all", function()
  it("runs tasks at once and gives their results in order", function()
    local order = {}
    local results = netlua.all {
      function() netlua.sleep(0.05) order[#order + 1] = "slow" return 1 end,
      function() order[#order + 1] = "fast" return 2 end,
    }
    assert.same({ 1, 2 }, results)
    assert.same({ "fast", "slow" }, order)
  end)

  it("raises a task's error and closes what the others hold", function()
    local log = {}
    local ok, err = pcall(netlua.all, {
      function() local _ <close> = closable(log, "waiting") netlua.sleep(60) end,
      function() netlua.sleep(0.01) error({ code = "MINE" }) end,
    })
    assert.is_false(ok)
    assert.equal("MINE", err.code)
    assert.same({ "waiting" }, log)
  end)

  it("closes what the task itself held when it raises", function()
    local log = {}
    for _, run in ipairs {
      function(fn) netlua.all { fn } end, function(fn) netlua.race { fn } end, function(fn) netlua.timeout(9, fn) end,
      function(fn) netlua.spawn(fn):wait() end,
    } do
      local ok, err = pcall(run, function()
        local _ <close> = closable(log, #log + 1)
        netlua.sleep(0.001)
        error { code = "MINE" }
      end)
      assert.is_false(ok)
      assert.equal("MINE", err.code)
    end
    assert.same({ 1, 2, 3, 4 }, log)
  end)

  it("nests", function()
    local results = netlua.all {
      function() return netlua.all { function() netlua.sleep(0.01) return "a" end, function() return "b" end } end,
      function() return "c" end,
    }
    assert.same({ { "a", "b" }, "c" }, results)
  end)

  it("lets pings and programs take turns", function()
    local lab <close> = netlua.lab "turns"
    local a, b = lab:host "a", lab:host "b"
    lab:link(a, b)
    lab:build()
    local order = {}
    netlua.all {
      function() a:ping(b, { count = 5, interval = 0.02 }) order[#order + 1] = "ping" end,
      function() b:run { "sh", "-c", "sleep 0.3" } order[#order + 1] = "run" end,
      function() order[#order + 1] = "nothing" end,
    }
    assert.same({ "nothing", "ping", "run" }, order)
  end)

  it("takes an empty list, and refuses what is no list of functions", function()
    assert.same({}, netlua.all {})
    assert.error_matches(function() return netlua.all(7) end, "all: tasks: expected a list of functions, got number", 1, true)
    assert.error_matches(function() return netlua.all { 7 } end, "entry 1 is a number", 1, true)
  end)
end)

describe("netlua.race", function()
  it("gives the first result and ends the others", function()
    local log = {}
    local value, which = netlua.race {
      function() local _ <close> = closable(log, "loser") netlua.sleep(60) end,
      function() netlua.sleep(0.01) return "won" end,
    }
    assert.equal("won", value)
    assert.equal(2, which)
    assert.same({ "loser" }, log)
  end)

  it("raises when the first to end has failed", function()
    assert.error_matches(function()
      netlua.race { function() error("first", 0) end, function() netlua.sleep(60) end }
    end, "first", 1, true)
  end)
end)

describe("netlua.timeout", function()
  it("gives what the function returns when it is in time", function()
    assert.same({ 1, nil, 3 }, { netlua.timeout(5, function(...) return ... end, 1, nil, 3) })
  end)

  it("raises ETIMEDOUT at the script's line and closes what was held", function()
    local log = {}
    local ok, err = pcall(netlua.timeout, 0.02, function()
      local _ <close> = closable(log, "held")
      netlua.sleep(60)
    end)
    assert.is_false(ok)
    assert.equal("ETIMEDOUT", err.code)
    assert.matches("task_spec.lua:%d+: timeout after 0.02 s: it was not done by then %(ETIMEDOUT%)$", tostring(err))
    assert.same({ "held" }, log)
  end)

  it("ends a ping, and the ping's socket with it", function()
    local ns <close> = netlua.netns.add "quiet"
    ns.link:add("v0", { type = "veth", peer = "v1" })
    ns.link:set("v0", { up = true })
    ns.addr:add("192.0.2.1/24", "v0")
    local ok, err = pcall(netlua.timeout, 0.05, function() ns:ping("192.0.2.77", { count = 100 }) end)
    assert.is_false(ok)
    assert.equal("ETIMEDOUT", err.code)
  end)

  it("nests: the inner one does not end the outer one", function()
    assert.equal("outer", netlua.timeout(5, function()
      pcall(netlua.timeout, 0.01, function() netlua.sleep(60) end)
      return "outer"
    end))
  end)

  it("refuses a time that is none", function()
    assert.error_matches(function() netlua.timeout(-1, print) end, "seconds: expected a number from 0 on, got -1", 1, true)
  end)
end)

describe("netlua.spawn", function()
  it("goes on in the background whenever the script waits", function()
    local log = {}
    local task = netlua.spawn(function() netlua.sleep(0.01) log[#log + 1] = "background" return 42 end)
    while not task:done() do netlua.sleep(0.01) end
    assert.same({ "background" }, log)
    assert.equal(42, task:wait())
  end)

  it("goes on while the script runs other tasks", function()
    local log, ended = {}, false
    local background = netlua.spawn(function()
      for i = 1, 3 do netlua.sleep(0.005) log[i] = i end
      ended = true
    end)
    netlua.all { function() while not ended do netlua.sleep(0.001) end end }
    assert.same({ 1, 2, 3 }, log)
    background:wait()
    for name, run in pairs {
      timeout = function(fn) return netlua.timeout(10, fn) end,
      race = function(fn) return netlua.race { fn } end,
      all = function(fn) return netlua.all({ fn })[1] end,
    } do
      local task = netlua.spawn(function() netlua.sleep(0.01) return name end)
      assert.equal(name, run(function() return task:wait() end))
    end
  end)

  it("is started and waited for in a task", function()
    assert.same({ 7 }, netlua.all { function()
      return netlua.spawn(function() return netlua.all { function() netlua.sleep(0.01) return 7 end }[1] end):wait()
    end })
    local ok, err = pcall(netlua.all, { function()
      return netlua.spawn(function() netlua.sleep(0.01) error { code = "MINE" } end):wait()
    end })
    assert.is_false(ok)
    assert.equal("MINE", err.code)
  end)

  it("serves the script that reads from its socket", function()
    local ns <close> = netlua.netns.add "served"
    local listening = ns:listen(80)
    local server = netlua.spawn(function()
      local peer = listening:accept()
      peer:write("you said " .. peer:read "*l" .. "\n")
      peer:flush()
      peer:close()
    end)
    local socket = ns:connect("127.0.0.1", 80)
    socket:write "hello\n"
    assert.equal("you said hello", socket:read "*l")
    server:wait()
    socket:close()
    listening:close()
  end)

  it("gives way to none in a generator, which must not hand out cqueues' own yields", function()
    local seen = netlua.all { function()
      local list = {}
      for value in coroutine.wrap(function()
        for i = 1, 3 do netlua.sleep(0.001) coroutine.yield(i) end
      end) do list[#list + 1] = value end
      return list
    end }
    assert.same({ { 1, 2, 3 } }, seen)
    local ok, err = pcall(netlua.all, { function()
      local task <close> = netlua.spawn(function() netlua.sleep(60) end)
      coroutine.wrap(function() task:wait() end)()
    end })
    assert.is_false(ok)
    assert.matches("wait: task: a coroutine inside a task cannot wait for another task", tostring(err), 1, true)
  end)

  it("raises its error at the next wait when the one who waited has gone", function()
    local task = netlua.spawn(function() netlua.sleep(0.05) error({ code = "LATE" }) end)
    assert.is_false((pcall(netlua.timeout, 0.001, function() task:wait() end)))
    local ok, err = pcall(netlua.sleep, 5)
    assert.is_false(ok)
    assert.equal("LATE", err.code)
  end)

  it("raises its error where somebody waits for it", function()
    local task = netlua.spawn(function() netlua.sleep(0.01) error("behind", 0) end)
    assert.error_matches(function() task:wait() end, "behind", 1, true)
  end)

  it("is cancelled with what it holds", function()
    local log = {}
    local task = netlua.spawn(function() local _ <close> = closable(log, "held") netlua.sleep(60) end)
    netlua.sleep(0)
    task:cancel()
    task:cancel()
    assert.same({ "held" }, log)
  end)
end)
