--- The prompt: `netlua` without a script, and `netlua -i FILE`.
local inspect = require("netlua.inspect").inspect

local M = {
  interactive = false, -- does a script run that ends at the prompt? (netlua -i)
}

local HISTORY_LINES = 1000

local help_text = [[
netlua is a global: build a network here, line by line.

  ns1 = netlua.netns.add "ns1"                    a network namespace
  ns2 = netlua.netns.add "ns2"
  ns1.link:add("eth0", { type = "veth", up = true, peer = { name = "eth0", netns = ns2 } })
  ns2.link:set("eth0", { up = true })
  ns1.addr:add("192.0.2.1/24", "eth0")
  ns2.addr:add("192.0.2.2/24", "eth0")
  ns1:ping "192.0.2.2"
  ns1.addr:list()                                 answers have the keys of ip -json

  help(ns1)   help(ns1.ping)   help(ns1.link)   help "lab:link"   help "netlua"      tell more

An expression shows its value; a statement that is not finished goes on in the next line. Locals
live for one line: use globals. Everything is given back when the prompt ends.

  Tab      completes names        Ctrl-C   drops the line, or interrupts what runs
  Up Down  earlier lines          Ctrl-D   ends; so do exit and quit
]]

-- `help` alone shows the text, `help()` prints it; help(VALUE) and help(NAME) tell what the annotations say.
local help = setmetatable({}, {
  __tostring = function() return (help_text:gsub("\n$", "")) end,
  __call = function(_, what)
    if what == nil then return print(help_text) end
    local manual = require "netlua.manual"
    local text
    if type(what) == "string" then text = manual.of_name(what) else text = manual.of(what) end
    print(text or "nothing is said of that; help() tells what there is")
  end,
})

-- The host calls with Ctrl-C as an error in the called code, and gives a traceback. Without the host
-- (a stock lua5.4) an error alone is caught.
local host_found, host = pcall(require, "netlua.host")
if not host_found then
  host = {
    version = "library",
    deaf = function(f, ...) return f(...) end,
    call = function(f, ...)
      return xpcall(f, function(err) return debug.traceback(tostring(err), 2) end, ...)
    end,
  }
end

-- --- history

-- The history's file, its directories made; nil where there is no home for it.
local function history_path(line)
  local state = os.getenv "XDG_STATE_HOME"
  local parts = { "netlua" }
  if not state or state:sub(1, 1) ~= "/" then -- relative ones are to be ignored, says the XDG standard
    state = os.getenv "HOME"
    if not state or state:sub(1, 1) ~= "/" then return nil end
    parts = { ".local", "state", "netlua" }
  end
  line.make_directory(state)
  for _, part in ipairs(parts) do
    state = state .. "/" .. part
    if not line.make_directory(state) then return nil end
  end
  return state .. "/history"
end

-- The newest lines of the file; a file that has grown is cut to them.
local function load_history(path)
  local lines = {}
  local file = io.open(path)
  if not file then return lines end
  for text in file:lines() do lines[#lines + 1] = text end
  file:close()
  if #lines <= HISTORY_LINES then return lines end
  lines = table.move(lines, #lines - HISTORY_LINES + 1, #lines, 1, {})
  local copy = path .. ".new"
  file = io.open(copy, "w")
  if file then
    local written = file:write(table.concat(lines, "\n"), "\n")
    if file:close() and written then os.rename(copy, path) else os.remove(copy) end
  end
  return lines
end

-- --- where lines come from

-- reader:read(prompt) gives a line, or nil and "eof" or "interrupted".
local function edited_reader(line, env)
  local complete = require "netlua.complete"
  local editor = line.open(function(text, cursor)
    return complete.tab(text, cursor, env, line.width())
  end)
  if not editor then return nil end
  local path = history_path(line)
  local last
  for _, text in ipairs(path and load_history(path) or {}) do
    editor:remember(text)
    last = text
  end
  return {
    read = function(_, prompt)
      local text, why = editor:read(prompt)
      if why == "interrupted" then print() end -- the next prompt begins a line
      return text, why
    end,
    close = function() editor:close() end,
    -- Appended at once: the history outlives any end, and sessions side by side mix their lines.
    remember = function(_, text)
      if text == last or not text:find "%S" then return end
      last = text
      editor:remember(text)
      local file = path and io.open(path, "a")
      if file then
        file:write(text, "\n")
        file:close()
      end
    end,
  }
end

local function plain_reader(show_prompt)
  return {
    read = function(_, prompt)
      if show_prompt then
        io.stdout:write(prompt)
        io.stdout:flush()
      end
      local ok, text = host.call(io.read, "l")
      if not ok then return nil, "interrupted" end
      if not text then return nil, "eof" end
      return text
    end,
    remember = function() end,
    close = function() end,
  }
end

local function open_reader(env)
  local found, line = pcall(require, "netlua.line")
  if not found then return plain_reader(true), true end
  local reader = line.usable() and edited_reader(line, env)
  if reader then return reader, true end
  return plain_reader(line.tty()), line.tty()
end

-- --- one entry

-- The chunk for what was typed: an expression first, so that its value can be shown. nil and the
-- message when it is wrong, nil and nothing when it is not finished.
local function compile(text, env)
  local expression, why = load("return " .. text, "=stdin", "t", env)
  if expression then
    -- Not `return f()`: a tail call leaves no line of the script for an error to name.
    local called = load("local __values <const> = ... return __values(" .. text .. "\n)", "=stdin", "t", env)
    return called or expression
  end
  local chunk, message = load(text, "=stdin", "t", env)
  if chunk then return chunk end
  if why:find "<eof>$" or message:find "<eof>$" then return nil end
  return nil, message
end

local function values(...) return ... end

local function prompt_text(env, name, default)
  local value = env[name]
  return value == nil and default or tostring(value)
end

-- Reads until the text is a whole chunk. Gives the chunk; or nil and what to say; or nil, nil and true
-- at the end of input.
local function read_chunk(reader, env)
  local text, why = reader:read(prompt_text(env, "_PROMPT", "> "))
  if not text then return nil, nil, why == "eof" end
  reader:remember(text)
  local word = text:match "^%s*(%a+)%s*$"
  if (word == "exit" or word == "quit") and env[word] == nil then return nil, nil, true end
  text = text:gsub("^%s*=", "")
  if not text:find "%S" then return nil end
  while true do
    local chunk, message = compile(text, env)
    if chunk or message then return chunk, message end
    local more
    more, why = reader:read(prompt_text(env, "_PROMPT2", ">> "))
    if not more then
      -- Ctrl-C drops it all; at the end of input the message says what was missing.
      if why == "interrupted" then return nil end
      return nil, select(2, load(text, "=stdin", "t", env)), true
    end
    reader:remember(more)
    text = text .. "\n" .. more
  end
end

local function show(ok, ...)
  if not ok then
    io.stdout:flush()
    io.stderr:write(M.shorten(...), "\n")
    io.stderr:flush()
    return
  end
  local count = select("#", ...)
  if count == 0 then return end
  local texts, many_lines = {}, false
  for i = 1, count do
    texts[i] = inspect((select(i, ...)))
    many_lines = many_lines or texts[i]:find "\n"
  end
  print(table.concat(texts, many_lines and "\n" or "\t"))
end

--- A message with its traceback, without the frames of the prompt itself; without any when only the
--- typed line and the library are in it.
---@param message string
---@return string
function M.shorten(message)
  local text, trace = message:match "^(.*)\nstack traceback:\n(.*)$"
  if not text then return message end
  local library = host.library and host.library .. "/netlua/"
  local frames, telling = {}, false
  for frame in trace:gmatch "[^\n]+" do
    if frame:find("netlua.host.call", 1, true) or frame:find("in function 'xpcall'", 1, true) then break end
    frames[#frames + 1] = frame
    local place = frame:match "^%s*(.-):%d+: in"
    local in_library = library and place and
      (place:sub(1, #library) == library or place:find "^%.%.%..*/netlua/[%w_/]+%.lua$")
    if place and not in_library and not frame:find "in main chunk" then telling = true end
  end
  if not telling then return text end
  return text .. "\nstack traceback:\n" .. table.concat(frames, "\n")
end

-- --- the session

-- Reads, runs and shows until the end of input.
local function serve(env)
  if env.help == nil then rawset(env, "help", help) end
  local reader, visible = open_reader(env)
  if visible then
    print(("netlua %s (%s): help for help, Ctrl-D to leave"):format(host.version, _VERSION))
  end
  while true do
    local chunk, message, ended = read_chunk(reader, env)
    if chunk then
      -- Showing may run a __tostring: it can fail and be interrupted like the line itself.
      local ok, err = host.call(function() show(host.call(chunk, values)) end)
      if not ok then show(false, err) end
    elseif message then
      io.stdout:flush()
      io.stderr:write(message, "\n")
      io.stderr:flush()
    end
    if ended then break end
  end
  if visible then print() end
  reader:close()
end

local function session(env) host.deaf(serve, env) end

--- Opens the prompt with the locals of the calling function as its globals, in their present values.
--- `netlua -i FILE` ends the script with this, so that what it built is still there.
---@param level? integer of the function on the stack, default 1: who calls
function M.here(level)
  level = (level or 1) + 1
  M.interactive = false
  local locals = {}
  for i = 1, math.huge do
    local name, value = debug.getlocal(level, i)
    if not name then break end
    if name:find "^[%a_]" then locals[name] = { value } end
  end
  -- A local may be nil and still hides the global of its name.
  session(setmetatable({}, {
    __index = function(_, name)
      local entry = locals[name]
      if entry then return entry[1] end
      return _G[name]
    end,
    __newindex = function(_, name, value)
      if locals[name] then locals[name][1] = value else _G[name] = value end
    end,
    names = { locals, _G },
  }))
end

--- The same for a script that ends in `return f()`: f calls this, and the prompt has the script's locals. Does
--- nothing when the script is no longer on the stack.
function M.at_end()
  for level = 2, math.huge do
    local info = debug.getinfo(level, "S")
    if not info then return end
    if info.what == "main" and info.source == M.source then
      M.here(level)
      return
    end
  end
end

-- The script, and with it the prompt at its end, where its locals are in sight. A script that ends in
-- `return` has no room behind it: there the prompt comes after it.
local function load_script(path)
  local file, why = io.open(path, "rb")
  if not file then return nil, "cannot open " .. why end
  local source = file:read "a"
  file:close()
  if not source then return nil, "cannot read " .. path end
  source = source:gsub("^#[^\n]*", "")
  local plain, message = load(source, "@" .. path, "t")
  if not plain then return nil, message end
  return load(source .. "\nrequire('netlua.repl').here()", "@" .. path, "t") or plain
end

--- The prompt, after a script when one is given.
---@param script? string its path
---@param ... string its arguments
---@return integer status
function M.run(script, ...)
  if script then
    local chunk, message = load_script(script)
    if chunk then
      M.interactive, M.source = true, "@" .. script
      local ok
      ok, message = host.call(chunk, ...)
      if ok then message = nil end
    end
    if message then
      io.stdout:flush()
      io.stderr:write("netlua: ", message, "\n")
      M.interactive = true
    end
  end
  if not script or M.interactive then session(_G) end
  return 0
end

return M
