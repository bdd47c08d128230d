--- The ladder as an SVG picture, for netlua.ladder. Nothing in it needs a script or a font of its own.
local columns = require "netlua.columns"

local M = {}

local ROW, NOTE, TOP, TIME = 34, 16, 56, 110

local function escaped(text)
  return (text:gsub("[&<>\"]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }))
end

-- Colours of the terminal, as on paper.
local paper = {
  ["31"] = "#b3261e", ["32"] = "#1b7f3b", ["33"] = "#8a6100", ["34"] = "#1f5fbf", ["35"] = "#7b3fa0",
  ["36"] = "#00707a",
}

local function width_of(text) return columns.width(text) * 6.7 end

--- Draws a ladder.
---@param ladder netlua.Ladder
---@param change_lines fun(flow: netlua.Flow): string[]
---@param colour_of fun(flow: netlua.Flow): string?
---@return string
function M.draw(ladder, change_lines, colour_of)
  local gap = 160
  for _, f in ipairs(ladder.flows) do
    local _, left, right = ladder:reach(f)
    local steps = math.max(1, right - left)
    gap = math.max(gap, math.min((width_of(f.label) + 40) / steps, 560))
  end
  gap = math.ceil(gap)
  local function x_of(column) return TIME + 60 + (column - 1) * gap end

  local out, y = {}, TOP
  local function add(fmt, ...) out[#out + 1] = fmt:format(...) end
  for _, f in ipairs(ladder.flows) do
    local colour = paper[colour_of(f)] or "#333333"
    local from, left, right = ladder:reach(f)
    y = y + ROW
    add('<text x="%d" y="%d" class="t">%.6f</text>', TIME - 14, y + 4, ladder:seconds(f))
    local x1, x2 = x_of(left), x_of(right)
    if left == right then
      add('<circle cx="%d" cy="%d" r="4" fill="%s"/>', x1, y, colour)
      add('<text x="%d" y="%d" fill="%s">%s</text>', x1 + 10, y + 4, colour, escaped(f.label))
    else
      add('<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="%s"%s/>', x1 + (left < from and 7 or 0), y,
        x2 - (right > from and 7 or 0), y, colour, f.dst and "" or ' stroke-dasharray="6 3"')
      if left < from then add('<path d="M%d %d l8 -4 v8 z" fill="%s"/>', x1, y, colour) end
      if right > from then add('<path d="M%d %d l-8 -4 v8 z" fill="%s"/>', x2, y, colour) end
      add('<text x="%.1f" y="%d" text-anchor="middle" fill="%s">%s</text>', (x1 + x2) / 2, y - 5, colour,
        escaped(f.label))
      for _, p in ipairs(f.sightings) do
        local column = p.node and ladder.column[p.node]
        if column and column ~= left and column ~= right then
          add('<circle cx="%d" cy="%d" r="3.5" fill="%s"/>', x_of(column), y, colour)
        end
      end
    end
    for _, text in ipairs(change_lines(f)) do
      y = y + NOTE
      add('<text x="%.1f" y="%d" text-anchor="middle" class="n">%s</text>', (x1 + x2) / 2, y, escaped(text))
    end
  end
  if ladder.more > 0 then
    y = y + ROW
    add('<text x="%d" y="%d" class="n">… and %d more</text>', TIME, y, ladder.more)
  end

  local width, height = x_of(#ladder.names) + 120, y + 30
  local head = {
    ('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d">'):format(width, height,
      width, height),
    "<style>text{font:11px ui-monospace,Menlo,Consolas,monospace}.t{text-anchor:end;fill:#666}.n{fill:#666;",
    "font-size:10px}.h{font-weight:bold;font-size:12px;text-anchor:middle}</style>",
    ('<rect width="%d" height="%d" fill="#ffffff"/>'):format(width, height),
  }
  for i, name in ipairs(ladder.shown) do
    head[#head + 1] = ('<text x="%d" y="%d" class="h">%s</text>'):format(x_of(i), TOP - 24, escaped(name))
    head[#head + 1] = ('<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="#bbbbbb"/>'):format(x_of(i), TOP - 14, x_of(i),
      height - 16)
  end
  return table.concat(head, "\n") .. "\n" .. table.concat(out, "\n") .. "\n</svg>\n"
end

return M
