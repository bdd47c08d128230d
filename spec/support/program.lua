--- Running `netlua` (and other programs) from a spec, as a person at a shell would.
local M = {}

local function line_of(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "a"
  pipe:close()
  return (text:gsub("\n$", ""))
end

--- A word that the shell takes as it is.
function M.quote(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

-- The host that runs this spec, or the one of the debug build when a stock busted does.
local function find_host()
  local own = line_of "readlink /proc/$PPID/exe"
  if own:find "/netlua$" then return own end
  return line_of "realpath build/debug/bin/netlua"
end

M.host = os.getenv "NETLUA_HOST" or find_host()
M.root = line_of "id -u" == "0"

-- A stock Lua that can load our modules: those of a sanitizer build want its runtime loaded first.
local sanitizer = line_of("ldd " .. M.host .. " | grep -o '/[^ ]*lib[a]san[^ ]*' || :")
M.stock_lua = sanitizer == "" and "lua5.4"
  or ("env LD_PRELOAD=%s ASAN_OPTIONS=detect_leaks=0 lua5.4"):format(sanitizer)

--- Is the spec run by an ordinary user? (The host maps that user to root in its own user namespace.)
function M.mapped() return not line_of("cat /proc/self/uid_map"):find "^%s*0%s+0%s+4294967295" end

--- Runs a shell command.
---@param command string
---@param input? string what it reads
---@return string out standard output and error, as they came
---@return integer|string status its exit status, or "signal N"
function M.sh(command, input)
  local name
  if input then
    name = os.tmpname()
    local file = assert(io.open(name, "wb"))
    file:write(input)
    file:close()
    command = ("{ %s\n} < %s"):format(command, name)
  end
  local pipe = assert(io.popen("{ " .. command .. "\n} 2>&1"))
  local out = pipe:read "a"
  local _, how, code = pipe:close()
  if name then os.remove(name) end
  return out, how == "exit" and code or "signal " .. code
end

--- Runs the host with these arguments (shell words).
---@param arguments string
---@param input? string
function M.netlua(arguments, input)
  return M.sh(M.quote(M.host) .. " " .. arguments, input)
end

--- Runs the host with CODE as `-e`.
function M.code(code, more)
  return M.netlua("-e " .. M.quote(code) .. " " .. (more or ""))
end

--- A fresh directory with the given files, name -> content.
---@param files? table<string, string>
---@return string path
function M.directory(files)
  local path = line_of "mktemp -d"
  for name, content in pairs(files or {}) do
    local file = assert(io.open(path .. "/" .. name, "wb"))
    file:write(content)
    file:close()
  end
  return path
end

function M.remove(path) os.execute("rm -rf " .. M.quote(path)) end

return M
