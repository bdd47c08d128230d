-- The shape of the tree: who may use what, where some calls are allowed, sizes, and that C functions are documented.
local lfs = require "lfs"
local support = require "spec.support"

local root = support.root

local function read(path)
  local file = assert(io.open(root .. path, "rb"))
  local text = file:read "a"
  file:close()
  return text
end

-- Files below a folder whose names match, as paths from the root.
local function files(folder, pattern, found)
  found = found or {}
  for name in lfs.dir(root .. folder) do
    local path = folder .. "/" .. name
    if name:sub(1, 1) ~= "." then
      local mode = lfs.symlinkattributes(root .. path, "mode")
      if mode == "directory" then
        files(path, pattern, found)
      elseif mode == "file" and name:match(pattern) then
        found[#found + 1] = path
      end
    end
  end
  table.sort(found)
  return found
end

-- Every line of the files for which `wrong(line, path)` is true, as "path:line: text"; must be none.
local function no_line(paths, wrong)
  assert.is_true(#paths > 0, "no files")
  local bad = {}
  for _, path in ipairs(paths) do
    local number = 0
    for line in (read(path) .. "\n"):gmatch "([^\n]*)\n" do
      number = number + 1
      if wrong(line, path) then bad[#bad + 1] = ("%s:%d: %s"):format(path, number, line) end
    end
  end
  assert.equal("", table.concat(bad, "\n"))
end

local function include_of(line) return line:match '^%s*#%s*include%s*[<"]([^>"]+)[>"]' end

-- Without comments and strings, as far as one line tells.
local function code_of(line) return (line:gsub('"[^"]*"', '""'):gsub("//.*", "")) end

describe("the layers of C", function()
  local core, bindings = files("core", "%.[ch]$"), files("bindings", "%.[ch]$")

  it("core knows no Lua", function()
    no_line(core, function(line) return (include_of(line) or ""):match "^l?auxlib" or (include_of(line) or ""):match "lua" end)
  end)

  it("core prints nothing, never exits, and has no globals", function()
    no_line(core, function(line, path)
      local code = code_of(line)
      -- The one abort() (not being able to return to the own namespace) says so; children speak for themselves.
      if path == "core/netns.c" and code:match "perror" then return false end
      if path == "core/testing.c" then return false end -- no product is built with it
      return code:match "%f[%w_]printf%s*%(" or code:match "%f[%w_]puts%s*%(" or code:match "%f[%w_]perror%s*%(" or
        code:match "%f[%w_]exit%s*%(" or code:match "fprintf%s*%(%s*std" or
        code:match "^static [%w_ ]+%*?[%w_]+;$" or (code:match "^[%w_]+ [%w_ ]*%*?[%w_]+;$" and not code:match "^struct [%w_]+;$")
    end)
  end)

  it("pure files open nothing and ask no clock", function()
    local pure = {}
    for _, path in ipairs(core) do
      if path:match "core/ipaddr" or path:match "core/cursor" or path:match "core/nlcodec" or path:match "core/dissect" or
        path:match "core/pktline" or path:match "core/value" or path:match "core/icmp" or path:match "core/build" then
        pure[#pure + 1] = path
      end
    end
    no_line(pure, function(line)
      local code = code_of(line)
      return include_of(line) == "clock.h" or include_of(line) == "nlsock.h" or include_of(line) == "netns.h" or
        code:match "%f[%w_]socket%s*%(" or code:match "%f[%w_]open%s*%(" or code:match "clock_gettime"
    end)
  end)

  it("a namespace is entered in netns.c alone, and left behind only where a process is prepared", function()
    local allowed = { ["core/netns.c"] = true, ["core/rights.c"] = true, ["core/proc.c"] = true, ["core/box.c"] = true,
      ["core/holder.c"] = true }
    no_line(core, function(line, path)
      local code = code_of(line)
      -- A thread that wants descriptors of its own leaves no namespace.
      if code:match "unshare%(CLONE_FILES%)" then return false end
      return (code:match "%f[%w_]setns%s*%(" or code:match "%f[%w_]unshare%s*%(") and not allowed[path]
    end)
    no_line(bindings, function(line) return code_of(line):match "setns%s*%(" or code_of(line):match "unshare%s*%(" end)
  end)

  it("bindings use core, Lua and libc only", function()
    no_line(bindings, function(line, path)
      local name = include_of(line)
      if not name then return false end
      if path == "bindings/lline.c" and name == "histedit.h" then return false end -- line editing is all it does
      return name:match "^linux/" or name:match "libmnl" or name:match "pcap" and name ~= "pcapfilter.h" and name ~= "pcapng.h" or
        name:match "nftables" or name:match "netlink"
    end)
  end)

  it("bindings never clean up by attribute: Lua's errors jump over it", function()
    no_line(bindings, function(line) return code_of(line):match "NLU_AUTO" or code_of(line):match "cleanup%s*%(" end)
  end)

  it("nothing outside of spec includes spec", function()
    no_line(core, function(line) return (include_of(line) or ""):match "spec/" end)
    no_line(bindings, function(line) return (include_of(line) or ""):match "spec/" end)
  end)
end)

describe("the layers of Lua", function()
  local library, chapters = files("scripts/netlua", "%.lua$"), {}
  for _, path in ipairs(files("scripts", "%.lua$")) do
    if path:match "^scripts/ch" or path:match "^scripts/bench/" then chapters[#chapters + 1] = path end
  end

  it("the library runs no programs of its own, and does not sleep", function()
    no_line(library, function(line)
      local code = line:gsub("%-%-.*", "")
      return code:match "os%.execute" or code:match "io%.popen"
    end)
  end)

  it("chapters use the library, not the C module", function()
    no_line(chapters, function(line) return line:match "netlua%.core" and not line:match "^%s*%-%-" end)
  end)

  it("nobody requires what is in spec", function()
    no_line(library, function(line) return line:match "require[ %(]*[\"']spec" end)
    no_line(chapters, function(line) return line:match "require[ %(]*[\"']spec" end)
  end)

  it("modules leave no globals behind", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    for _, path in ipairs(library) do
      local module = path:match("^scripts/(.*)%.lua$"):gsub("/init$", ""):gsub("/", ".")
      if not module:match "^netlua%.meta" then assert.is_true((pcall(require, module)), module) end
    end
    for name in pairs(_G) do assert.is_true(before[name] ~= nil, "global " .. tostring(name)) end
  end)
end)

describe("every file", function()
  local sources = files("core", "%.[ch]$")
  files("bindings", "%.[ch]$", sources)
  files("scripts", "%.lua$", sources)

  it("is short enough to be read at once", function()
    -- Known to be longer, each with the length it must not pass; take a line out when its file has been parted.
    local longer = { ["core/pktline_icmp.c"] = 620, ["bindings/lpacket.c"] = 660 }
    local bad = {}
    for _, path in ipairs(sources) do
      local _, lines = read(path):gsub("\n", "")
      if lines > (longer[path] or 600) then bad[#bad + 1] = ("%s: %d lines"):format(path, lines) end
    end
    assert.equal("", table.concat(bad, "\n"))
  end)

  it("is finished, ends with a line, and has no stray blanks", function()
    files("spec", "%.lua$", sources)
    files("spec", "%.[ch]$", sources)
    no_line(sources, function(line, path)
      if path == "spec/layout_spec.lua" then return false end
      return line:match "%f[%w]TODO%f[%W]" or line:match "%f[%w]FIXME%f[%W]" or line:match "%f[%w]XXX%f[%W]" or
        line:match "[ \t\r]$"
    end)
    for _, path in ipairs(sources) do assert.equal("\n", read(path):sub(-1), path) end
  end)
end)

describe("meta.lua", function()
  -- What the C modules register, by class: name -> true.
  local function registered()
    local core = require "netlua.core"
    local found = { ["netlua.core"] = core }
    for _, name in ipairs { "pcap", "nft", "line", "host" } do
      local ok, module = pcall(require, "netlua." .. name)
      if ok then found["netlua." .. name] = module end
    end
    local classes = { netns = "Netns", ping = "Ping", trace = "Trace", capture_handle = "Capture", monitor = "Monitor",
      box = "Box", proc = "Proc", socket = "Socket", sock = "Socket", pty = "Pty" }
    for key, metatable in pairs(debug.getregistry()) do
      local type_name = type(key) == "string" and type(metatable) == "table" and key:match "^netlua%.([%w_]+)$"
      local methods = type_name and rawget(metatable, "__index")
      if type(methods) == "table" then
        if type_name == "line" then
          found["netlua.line.Editor"] = methods
        else
          found["netlua.core." .. (classes[type_name] or type_name)] = methods
        end
      end
    end
    return found
  end

  local function documented()
    local found, class, receiver = {}, nil, nil
    for _, path in ipairs { "scripts/netlua/meta.lua", "scripts/netlua/meta/netns.lua", "scripts/netlua/meta/handles.lua" } do
      for line in read(path):gmatch "[^\n]+" do
        class = line:match "^%-%-%-@class (netlua%.[%w.]+)" or class
        receiver = line:match "^local (%w+) = {}$" or receiver
        local of, name = line:match "^function ([%w_]+)[.:]([%w_]+)%("
        if name then
          found[class] = found[class] or {}
          found[class][name] = of
        end
      end
    end
    return found
  end

  it("documents every C function, and nothing that is none", function()
    local there, told, wrong = registered(), documented(), {}
    for class, functions in pairs(there) do
      for name, value in pairs(functions) do
        if type(value) == "function" and not (told[class] or {})[name] then
          wrong[#wrong + 1] = ("%s.%s is not documented in scripts/netlua/meta.lua or meta/*.lua"):format(class, name)
        end
      end
    end
    for class, names in pairs(told) do
      for name in pairs(names) do
        -- The methods of packets are behind a function: their specs reach them.
        if class ~= "netlua.core.Packet" and not (there[class] and there[class][name]) then
          wrong[#wrong + 1] = ("%s.%s is documented, and is not there"):format(class, name)
        end
      end
    end
    table.sort(wrong)
    assert.equal("", table.concat(wrong, "\n"))
  end)
end)
