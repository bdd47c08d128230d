--- How wide text is on a terminal, and cutting and padding by that. East Asian characters take two columns, combining
--- ones none (Unicode's EastAsianWidth, in its ranges).
local M = {}

-- first, last of each range, in order
local wide = {
  0x1100, 0x115f, 0x2e80, 0x303e, 0x3041, 0x33ff, 0x3400, 0x4dbf, 0x4e00, 0x9fff, 0xa000, 0xa4cf, 0xac00, 0xd7a3,
  0xf900, 0xfaff, 0xfe30, 0xfe6f, 0xff00, 0xff60, 0xffe0, 0xffe6, 0x1f300, 0x1f64f, 0x1f900, 0x1f9ff, 0x20000, 0x3fffd,
}
local none = { 0x0300, 0x036f, 0x200b, 0x200f, 0x3099, 0x309a, 0xfe00, 0xfe0f }

local function within(ranges, code)
  for i = 1, #ranges, 2 do
    if code < ranges[i] then return false end
    if code <= ranges[i + 1] then return true end
  end
  return false
end

--- The columns of one character.
---@param code integer
---@return 0|1|2
function M.of(code)
  if code < 0x300 then return 1 end
  return within(none, code) and 0 or within(wide, code) and 2 or 1
end

--- Text that a terminal takes as it is: no control characters, and question marks for what is no UTF-8.
---@param text string
---@return string
function M.clean(text)
  if not utf8.len(text) then text = text:gsub("[\x80-\xff]", "?") end
  return (text:gsub("%c", "."))
end

--- The columns of a (clean) text.
---@param text string
---@return integer
function M.width(text)
  local width = 0
  for _, code in utf8.codes(text) do width = width + M.of(code) end
  return width
end

--- The text, or as much of its beginning as fits, with "…" behind it.
---@param text string
---@param width integer
---@return string
function M.cut(text, width)
  if M.width(text) <= width then return text end
  if width < 1 then return "" end
  local room = width - 1
  for at, code in utf8.codes(text) do
    room = room - M.of(code)
    if room < 0 then return text:sub(1, at - 1) .. "…" end
  end
  return text
end

--- The text with spaces behind it, up to so many columns.
---@param text string
---@param width integer
---@return string
function M.pad(text, width)
  return text .. (" "):rep(width - M.width(text))
end

return M
