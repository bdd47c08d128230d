--- `netlua test FILE…`: runs busted specs with the library at hand; also scripts, which pass when they end well.
local host = require "netlua.host"

local M = { summary = "run test files written with busted's words" }

local usage = [[
Usage: netlua test [OPTIONS] FILE…

Runs test files written with busted's words (describe, it, assert). A directory stands for the
*_spec.lua files in it. Any other Lua file is a script, such as a chapter: it passes when it ends without
an error and returns neither false nor a number but 0.

  --answers            each FILE is a chapter: check the answers to its exercises instead of the chapter

Other options are busted's (busted --help lists them). The most used:
  --filter PATTERN     only tests whose name matches
  -t, --tags TAGS      only tests with these #tags
  --shuffle            in random order
  -o LIBRARY           output: utfTerminal, plainTerminal, TAP, junit, json
  --repeat COUNT       several times

Exit status: 0 when all passed, 1 when one failed, 2 when the command line was wrong.]]

-- Calls the script as the host would. os.exit in it ends the script, not the tests.
local function run_script(path, chunk)
  local leave = {}
  local exit = os.exit
  os.exit = function(status) -- luacheck: ignore 122
    leave.status = status == nil or status
    error(leave, 0)
  end
  local ok, result = xpcall(chunk, function(err)
    if err == leave then return err end
    return debug.traceback(tostring(err), 2)
  end)
  os.exit = exit -- luacheck: ignore 122
  if not ok and result == leave then
    ok, result = true, leave.status
  end
  if not ok then error(result, 0) end
  if result == false or (math.type(result) == "integer" and result ~= 0) then
    error(("%s: ended with status %s"):format(path, result), 0)
  end
end

-- busted finds loaders by this name. Specs are left to its own loader; a script becomes a test.
package.preload["busted.modules.files.netlua"] = function()
  local lua = require "busted.modules.files.lua"
  local loader = {}

  function loader.match(busted, path)
    return lua.match(busted, path)
  end

  function loader.load(busted, path)
    if path:match "_spec%.lua$" then return lua.load(busted, path) end
    local chunk, trace = lua.load(busted, path)
    return chunk and function()
      it("runs " .. path, function() run_script(path, chunk) end) -- luacheck: ignore 113
    end, trace
  end

  return loader
end

local function is_there(path)
  local file = io.open(path)
  if file then file:close() end
  return file ~= nil
end

-- The answers to a shipped chapter's exercises; nil when there are none.
local function answers_of(word)
  local chapter = host.chapter(word) or word
  local directory, name = chapter:match "^(.*)/([^/]*)%.lua$"
  local path = name and ("%s/answers/%s_spec.lua"):format(directory, name)
  return path and is_there(path) and path or nil
end

---@param args string[] args[0] is the command's name
---@return integer status
function M.main(args)
  local options = { [0] = "netlua test", "--loaders=netlua" }
  local answers = false
  for _, word in ipairs(args) do answers = answers or word == "--answers" end
  for i, word in ipairs(args) do
    if word == "-h" or word == "--help" then
      print(usage)
      return 0
    end
    -- The name of a shipped chapter stands for its file.
    local before = args[i - 1] or ""
    local is_option = word:sub(1, 1) == "-" or (before ~= "--answers" and before:match "^%-%-?%a[%w-]*$")
    if answers and not is_option then
      local path = answers_of(word)
      if not path then
        io.stderr:write("netlua test: ", word, " has no answers: is it a chapter?\n")
        return 2
      end
      options[#options + 1] = path
    elseif word ~= "--answers" then
      local path = (is_option or is_there(word)) and word or host.chapter(word)
      if not path then
        io.stderr:write("netlua test: ", word, ": No such file or directory\n")
        return 1
      end
      options[#options + 1] = path
    end
  end
  if #args == 0 then
    io.stderr:write("netlua test: which files?\n", usage, "\n")
    return 2
  end
  local ok, runner = pcall(require, "busted.runner")
  if not ok then
    io.stderr:write("netlua test: busted is not installed (Debian: apt-get install lua-busted)\n", runner, "\n")
    return 1
  end
  arg = options
  runner { standalone = false }
  return 0
end

return M
