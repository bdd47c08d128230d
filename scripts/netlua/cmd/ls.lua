--- `netlua ls [LAB]`: the labs that are up, or the nodes of one.
local M = { summary = "list the labs that are up, or the nodes of one", rights = false }

local function parser()
  local p = require "argparse"("netlua ls", "Lists the labs that are up, or the nodes of one with their addresses.")
  p:argument("lab", "A lab's name."):args "?"
  return p
end

-- Rows as a table: each column as wide as its widest text.
local function print_rows(rows)
  local widths = {}
  for _, row in ipairs(rows) do
    for i, text in ipairs(row) do widths[i] = math.max(widths[i] or 0, utf8.len(text) or #text) end
  end
  for _, row in ipairs(rows) do
    local cells = {}
    for i, text in ipairs(row) do
      cells[i] = text .. (" "):rep(widths[i] - (utf8.len(text) or #text))
    end
    print((table.concat(cells, "  "):gsub(" +$", "")))
  end
end

local function addresses(ns)
  local list = {}
  for _, link in ipairs(ns.addr:list()) do
    for _, addr in ipairs(link.addr_info or {}) do
      if addr.scope == "global" then list[#list + 1] = ("%s/%d"):format(addr["local"], addr.prefixlen) end
    end
  end
  return table.concat(list, " ")
end

local function run(opts)
  local holder = require "netlua.holder"
  if opts.lab then
    local nodes, held = holder.enter("ls", opts.lab)
    local rows = { { "NODE", "KIND", "ADDRESSES" } }
    for _, node in ipairs(held.nodes) do
      rows[#rows + 1] = { node.name, node.kind, addresses(nodes[node.name]) }
    end
    print_rows(rows)
    return 0
  end
  local labs = holder.list()
  if #labs == 0 then return 0 end
  local rows = { { "LAB", "NODES", "SINCE", "PID", "SCRIPT" } }
  for _, held in ipairs(labs) do
    rows[#rows + 1] = { held.lab, tostring(#held.nodes), os.date("%Y-%m-%d %H:%M:%S", math.tointeger(held.since)),
      tostring(held.pid), held.script }
  end
  print_rows(rows)
end

function M.main(args)
  local cmdline = require "netlua.cmdline"
  local opts = cmdline.parse(parser(), args)
  if not opts then return 2 end
  return cmdline.run(run, opts)
end

return M
