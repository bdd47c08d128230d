-- What a test may leave behind in this process and beside it: descriptors, children, files, names of namespaces, mounts.
local lfs = require "lfs"

local M = {}

-- A namespace lives as long as a descriptor or a process holds it, so these two are all there is to look for.
local function descriptors()
  local found = {}
  for entry in lfs.dir "/proc/self/fd" do
    local target = tonumber(entry) and lfs.symlinkattributes("/proc/self/fd/" .. entry, "target")
    -- The directory that is being read is open, too.
    if target and not target:match "^/proc/%d+/fd$" then found["descriptor " .. entry .. " (" .. target .. ")"] = true end
  end
  return found
end

local function read(path)
  local file = io.open(path)
  local text = file and file:read "a" or ""
  if file then file:close() end
  return text
end

local function children(found)
  for task in lfs.dir "/proc/self/task" do
    for pid in read("/proc/self/task/" .. task .. "/children"):gmatch "%d+" do
      local state = read("/proc/" .. pid .. "/stat"):match "%((.*)%) %a" or "?"
      found[("process %s (%s)"):format(pid, state)] = true
    end
  end
end

local function entries(directory, what, found)
  if lfs.attributes(directory, "mode") ~= "directory" then return end
  for entry in lfs.dir(directory) do
    if entry ~= "." and entry ~= ".." then found[what .. " " .. entry] = true end
  end
end

-- Finalizers may make garbage of their own: twice.
function M.collect()
  collectgarbage()
  collectgarbage()
end

---@return table<string, true>
function M.snapshot()
  M.collect()
  local found = descriptors()
  children(found)
  entries(".", "file", found)
  entries("/run/netns", "/run/netns name", found)
  for mount in read("/proc/self/mountinfo"):gmatch "[^\n]+" do
    found["mount " .. mount:match "^%S+ %S+ %S+ %S+ (%S+)"] = true
  end
  return found
end

--- What is there now and was not in `before`, as text; nil when there is nothing. Waits a little for what ends by
--- itself: a ring that a thread unmaps, a killed child.
---@param before table<string, true>
---@return string?
function M.left_since(before)
  local core = require "netlua.core"
  local deadline = core.now() + (tonumber(os.getenv "NETLUA_LEAK_WAIT") or 5)
  repeat
    local left = {}
    for thing in pairs(M.snapshot()) do
      if not before[thing] then left[#left + 1] = thing end
    end
    if #left == 0 then return nil end
    if core.now() > deadline then
      table.sort(left)
      return table.concat(left, ", ")
    end
    core.poll(nil, nil, 0.01)
  until false
end

return M
