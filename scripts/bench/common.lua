--- What the benchmarks share: medians, a table of ratios, and instruments compiled on the fly.
--
-- Every benchmark runs its contestants in turns, several rounds, and compares medians of one run: times
-- of a machine mean little, ratios travel.
local M = {}

--- Options of a benchmark's command line: a directory of instruments (`limits/`), and `runs=N` and the like.
---@param defaults table<string, integer>
---@return table opts with `limits` for the directory, if given
function M.options(defaults)
  local opts = {}
  for key, value in pairs(defaults) do opts[key] = value end
  for _, word in ipairs(arg) do
    local key, value = word:match "^(%l+)=(%d+)$"
    if key then
      assert(defaults[key], "unknown option " .. key)
      opts[key] = math.tointeger(value)
    else
      opts.limits = word
    end
  end
  return opts
end

function M.has(program)
  for directory in (os.getenv "PATH" or "/usr/sbin:/usr/bin:/sbin:/bin"):gmatch "[^:]+" do
    local file = io.open(directory .. "/" .. program)
    if file then
      file:close()
      return true
    end
  end
  return false
end

--- Compiles NAME.c of the instruments; nil without a directory or a compiler.
---@param limits? string
---@param name string
---@param edit? fun(source: string): string
---@return string? path of the program; the caller removes it
function M.compile(limits, name, edit)
  local file = limits and io.open(("%s/%s.c"):format(limits, name))
  if not file or not M.has "cc" then return nil end
  local source = file:read "a"
  file:close()
  local path = os.tmpname()
  local out = assert(io.open(path .. ".c", "w"))
  out:write(edit and edit(source) or source)
  out:close()
  local ok = os.execute(("cc -O2 -w -o %s %s.c -lmnl -lpthread"):format(path, path))
  os.remove(path .. ".c")
  return ok and path or nil
end

function M.median(values)
  local sorted = { table.unpack(values) }
  table.sort(sorted)
  local n = #sorted
  if n == 0 then return nil end
  return n % 2 == 1 and sorted[n // 2 + 1] or (sorted[n // 2] + sorted[n // 2 + 1]) / 2
end

---@class bench.Contestant
---@field name string
---@field run fun(): number? the figure of one run; nil: it could not

--- Runs all contestants in turns and prints medians with their ratio to the first.
---@param title string
---@param unit string "/s" (more is better) or "ms" (less is better)
---@param contestants bench.Contestant[]
---@param runs integer
function M.compare(title, unit, contestants, runs)
  local figures = {}
  for i = 1, #contestants do figures[i] = {} end
  for _ = 1, runs do
    for i, c in ipairs(contestants) do
      local value = c.run()
      if value then table.insert(figures[i], value) end
    end
  end
  print(title)
  local base = M.median(figures[1])
  local faster = unit == "/s"
  for i, c in ipairs(contestants) do
    local value = M.median(figures[i])
    if value then
      local ratio = faster and base / value or value / base
      local note = i == 1 and "" or ratio >= 1 and ("netlua is %.2f times as fast"):format(ratio)
        or ("netlua reaches %.0f %% of it"):format(ratio * 100)
      print(("  %-44s %12s %-4s %s"):format(c.name, faster and ("%.0f"):format(value) or ("%.2f"):format(value),
        unit, note))
    else
      print(("  %-44s %12s"):format(c.name, "-"))
    end
  end
  print ""
end

return M
