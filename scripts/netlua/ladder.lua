--- Ladders: who sent what to whom, on one clock.
--
--   print(capture:ladder())                  -- as wide as the terminal, coloured when it is one
--   capture:ladder():save "arp.svg"          -- or :svg(), :mermaid()
--
-- One packet that was captured at several places is one row, with what changed on its way below it.
local columns = require "netlua.columns"
local core = require "netlua.core"
local flow = require "netlua.flow"

local M = {}

---@class netlua.Ladder
---@field flows netlua.Flow[]
---@field names string[] the participants, from left to right
---@field more integer packets that are not shown
local Ladder = {}
local mt = { __name = "netlua.Ladder", __index = Ladder }

---@class netlua.Ladder.Opts
---@field width? integer columns, default the terminal's, or 100
---@field colour? boolean default when standard output is a terminal and NO_COLOR is not set
---@field most? integer rows, default all
---@field order? string[] names of the participants from left to right; the others follow

local options = { width = true, colour = true, most = true, order = true }

local function misuse(op, field, fmt, ...)
  core.raise(core.error_new { op = op, field = field, message = fmt:format(...), code = "EINVAL", errno = 22 })
end

-- Along the way of each packet, so that what is next to each other is drawn next to each other.
local function participants(flows, order)
  local list, known = {}, {}
  local function add(name)
    if name and not known[name] then
      known[name] = true
      list[#list + 1] = name
    end
  end
  for _, name in ipairs(order or {}) do add(name) end
  for _, f in ipairs(flows) do
    add(f.src)
    for _, p in ipairs(f.sightings) do add(p.node) end
    add(f.dst)
  end
  return list
end

--- Makes a ladder of packets, which are in the order of time. `capture:ladder()` calls it.
---@param packets netlua.Packet[]
---@param opts? netlua.Ladder.Opts
---@param places? table[] for the names of addresses
---@return netlua.Ladder
function M.new(packets, opts, places)
  opts = opts or {}
  if type(opts) ~= "table" then misuse("ladder", "options", "expected a table, got a %s", type(opts)) end
  for key in pairs(opts) do
    if not options[key] then misuse("ladder", "options", "%s", core.unknown_key(key, options)) end
  end
  for _, key in ipairs { "width", "most" } do
    if opts[key] ~= nil and (math.type(opts[key]) ~= "integer" or opts[key] < 1) then
      misuse("ladder", key, "expected an integer from 1 on, got %s", tostring(opts[key]))
    end
  end
  local flows, count = flow.flows(packets, places, opts.most)
  local self = setmetatable({ flows = flows, more = count - #flows, opts = opts }, mt)
  self.names = participants(flows, opts.order)
  self.column, self.shown = {}, {}
  for i, name in ipairs(self.names) do
    self.column[name], self.shown[i] = i, columns.clean(name)
  end
  self.start = flows[1] and flows[1].sightings[1].ts_ns or 0
  return self
end

--- Seconds from the first packet to this flow's first sighting.
---@private
function Ladder:seconds(f)
  return ((f.sightings[1].ts_ns or 0) - self.start) / 1e9
end

local function change_text(c)
  return ("%s %s→%s"):format(c.what, c.from == nil and "none" or c.from, c.to == nil and "none" or c.to)
end

-- What changed, place by place: { "r1 eth1: ttl 64→63, …", … }.
local function change_lines(f)
  local lines, current, key = {}, nil, nil
  for _, c in ipairs(flow.changes(f.sightings)) do
    local at = ("%s %s"):format(c.node or "", c.ifname or "")
    if at ~= key then
      current = { at = at:gsub("^%s+", ""):gsub("%s+$", "") }
      lines[#lines + 1], key = current, at
    end
    current[#current + 1] = change_text(c)
  end
  for i, line in ipairs(lines) do lines[i] = columns.clean(("%s: %s"):format(line.at, table.concat(line, ", "))) end
  return lines
end

-- --- Text -------------------------------------------------------------------------------------------------

local colours = {
  arp = "33", icmp = "32", icmp6 = "32", tcp = "36", http = "36", udp = "34", dns = "35", dhcp = "35", dhcp6 = "35",
}
local alarming = { "unreachable", "exceeded", "[R", "redirect" }

local function colour_of(f)
  for _, word in ipairs(alarming) do
    if f.label:find(word, 1, true) then return "31" end
  end
  return colours[f.kind]
end

local columns_of, cut, pad = columns.width, columns.cut, columns.pad

local TIME = 12 -- columns of the clock

-- Writes a text into cells, from `at` on. A wide character takes two: itself and an empty one.
local function write(cells, at, text)
  for _, code in utf8.codes(text) do
    local char, wide = utf8.char(code), columns.of(code)
    if wide == 0 then
      cells[at - 1] = cells[at - 1] .. char
    else
      cells[at] = char
      if wide == 2 then cells[at + 1] = "" end
      at = at + wide
    end
  end
end

-- A row of cells, one column each, that things are drawn into.
local function blank(xs, width)
  local cells = {}
  for i = 1, width do cells[i] = " " end
  for _, x in ipairs(xs) do cells[x] = "│" end
  return cells
end

local function draw_arrow(cells, xs, from, left, right, touched, label)
  for x = left, right do cells[x] = "─" end
  for _, x in ipairs(xs) do
    if x > left and x < right then cells[x] = touched[x] and "●" or "┼" end
  end
  cells[left], cells[right] = "◀", "▶"
  cells[from] = from == left and "├" or from == right and "┤" or "◆"
  if not label then return end
  local text = " " .. label .. " "
  write(cells, left + (right - left - columns_of(text)) // 2 + 1, text)
end

--- The columns a flow goes from, and how far it goes to the left and to the right. What is for everybody goes to
--- all that saw it, or to whom it asks for, or as far as the ladder goes.
---@private
---@return integer from
---@return integer left
---@return integer right
function Ladder:reach(f)
  local from = self.column[f.src]
  local left, right = from, from
  local function extend(column)
    if column then left, right = math.min(left, column), math.max(right, column) end
  end
  if f.dst then
    extend(self.column[f.dst])
    return from, left, right
  end
  for _, p in ipairs(f.sightings) do extend(p.node and self.column[p.node]) end
  if left == right then extend(self.column[f.asked]) end
  if left == right then extend(from == #self.names and 1 or #self.names) end
  return from, left, right
end

local function layout(self)
  local width = self.opts.width or core.terminal() or 100
  local n, longest, label = #self.names, 0, 0
  for _, name in ipairs(self.shown) do longest = math.max(longest, columns_of(name)) end
  for _, f in ipairs(self.flows) do label = math.max(label, columns_of(f.label)) end
  local room = width - TIME
  -- Labels on the arrows where two participants leave room for them, beside the ladder otherwise.
  local beside = n ~= 2 or room - longest - 2 < math.min(label, 30) + 8
  local gap
  if beside then
    gap = math.max(8, math.min(longest + 2, n > 1 and (room * 2 // 3) // (n - 1) or room))
    if n > 1 and (n - 1) * gap + 30 > room then gap = math.max(6, (room - 30) // (n - 1)) end
  else
    gap = math.min(label + 8, room - longest - 2)
  end
  local xs = {}
  local margin = math.min(longest // 2, gap // 2)
  for i = 1, n do xs[i] = 1 + margin + (i - 1) * gap end
  return { width = width, beside = beside, gap = gap, xs = xs, drawn = (xs[n] or 1) + 1 }
end

local function header(self, l)
  local cells = {}
  for i = 1, l.drawn + l.gap do cells[i] = " " end
  for i, name in ipairs(self.shown) do
    local text = cut(name, l.gap - 1)
    write(cells, math.max(1, l.xs[i] - columns_of(text) // 2), text)
  end
  return (" "):rep(TIME) .. table.concat(cells):gsub("%s+$", "")
end

local function row(self, f, l, paint)
  local touched = {}
  for _, p in ipairs(f.sightings) do
    local column = p.node and self.column[p.node]
    if column then touched[l.xs[column]] = true end
  end
  local cells = blank(l.xs, l.drawn)
  local from, left, right = self:reach(f)
  from, left, right = l.xs[from], l.xs[left], l.xs[right]
  local label = f.label
  local inside = not l.beside and cut(label, right - left - 5)
  if left == right then
    cells[from] = "●"
    inside = nil
  else
    draw_arrow(cells, l.xs, from, left, right, touched, inside)
  end
  local text = table.concat(cells)
  if not inside then text = pad(text, l.drawn) .. " " .. cut(label, l.width - TIME - l.drawn - 1) end
  return ("%11.6f "):format(self:seconds(f)) .. paint(colour_of(f), text:gsub("%s+$", ""))
end

local function change_rows(f, l, paint, rows)
  for _, text in ipairs(change_lines(f)) do
    local cells = table.concat(blank(l.xs, l.drawn))
    if l.beside then
      rows[#rows + 1] = (" "):rep(TIME) .. cells .. paint("2", " " .. cut(text, l.width - TIME - l.drawn - 1))
    else
      rows[#rows + 1] = (" "):rep(TIME) .. paint("2", cut("  " .. text, l.width - TIME))
    end
  end
end

function mt.__tostring(self)
  if #self.flows == 0 then return "(no packets)" end
  local colour = self.opts.colour
  if colour == nil then colour = core.terminal() ~= nil and not os.getenv "NO_COLOR" end
  local function paint(code, text)
    return colour and code and ("\27[%sm%s\27[m"):format(code, text) or text
  end
  local l = layout(self)
  local rows = { header(self, l) }
  for _, f in ipairs(self.flows) do
    rows[#rows + 1] = row(self, f, l, paint)
    change_rows(f, l, paint, rows)
  end
  if self.more > 0 then rows[#rows + 1] = ("%s… and %d more"):format((" "):rep(TIME), self.more) end
  return table.concat(rows, "\n")
end

-- --- Mermaid ----------------------------------------------------------------------------------------------

-- Characters that mean something to Mermaid, as its entity codes.
local function mermaid_text(text)
  return (text:gsub("[#;\n\r<>\"]", function(c) return ("#%d;"):format(c:byte()) end))
end

--- The ladder as a sequence diagram of Mermaid, for Markdown: https://mermaid.js.org/syntax/sequenceDiagram.html
---@return string
function Ladder:mermaid()
  local rows = { "sequenceDiagram" }
  for i, name in ipairs(self.shown) do
    rows[#rows + 1] = ("  participant p%d as %s"):format(i, mermaid_text(name))
  end
  for _, f in ipairs(self.flows) do
    local from, left, right = self:reach(f)
    local label = ("%.6f %s"):format(self:seconds(f), f.label)
    if not f.dst then label = label .. " (to all)" end
    local text = mermaid_text(label)
    if left < from then rows[#rows + 1] = ("  p%d->>p%d: %s"):format(from, left, text) end
    if right > from or left == right then rows[#rows + 1] = ("  p%d->>p%d: %s"):format(from, right, text) end
    for _, change in ipairs(change_lines(f)) do
      rows[#rows + 1] = ("  Note over p%d,p%d: %s"):format(left, right, mermaid_text(change))
    end
  end
  return table.concat(rows, "\n") .. "\n"
end

--- The ladder as an SVG picture.
---@return string
function Ladder:svg()
  return require("netlua.ladder_svg").draw(self, change_lines, colour_of)
end

--- Writes the ladder to a file: ".svg", ".mmd" (Mermaid), anything else as text.
---@param path string
function Ladder:save(path)
  local text
  if path:match "%.svg$" then
    text = self:svg()
  elseif path:match "%.mmd$" then
    text = self:mermaid()
  else
    text = tostring(self) .. "\n"
  end
  local file, problem, errno = io.open(path, "wb")
  if file then
    local ok
    ok, problem, errno = file:write(text)
    file:close()
    if ok then return end
  end
  core.raise(core.error_new { op = "ladder.save", subject = path, message = problem, errno = errno })
end

return M
