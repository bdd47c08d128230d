--- Pictures of a lab: text for the terminal, DOT, SVG (through graphviz), Mermaid. Interface names and addresses
--- included.
local core = require "netlua.core"
local ip = require "netlua.ip"

local M = {}

local function addresses(iface)
  local list = {}
  for _, family in ipairs { "inet", "inet6" } do
    local addr = iface.addrs and iface.addrs[family]
    if addr then list[#list + 1] = ip.prefix(addr.bytes, addr.length) end
  end
  return list
end

local function what_of(link)
  local o, list = link.opts or {}, {}
  for _, key in ipairs { "rate", "delay", "loss", "mtu" } do
    local value = o[key]
    if value and type(value) ~= "table" then list[#list + 1] = ("%s %s"):format(key, value) end
  end
  if link.is_cut then list[#list + 1] = "cut" end
  return table.concat(list, ", ")
end

-- --- text ---------------------------------------------------------------------------------------------------

local function node_text(node)
  return node.kind == "host" and node.name or ("%s (%s)"):format(node.name, node.kind)
end

local function end_text(iface)
  return table.concat({ iface.name, table.unpack(addresses(iface)) }, " ")
end

-- One branch a link, from the first node on; a link back to what is drawn already is told, not followed.
local function draw_tree(lab)
  local lines, drawn, done = {}, {}, {}
  local function branch(node, prefix)
    local links = {}
    for _, iface in ipairs(node.ifaces) do
      if not done[iface.link] then links[#links + 1] = iface end
    end
    for i, iface in ipairs(links) do
      local link, peer = iface.link, iface.peer
      if not done[link] then
        done[link] = true
        local last = i == #links
        local extra = what_of(link)
        local again = drawn[peer.node]
        lines[#lines + 1] = ("%s%s %s ── %s  %s%s%s"):format(prefix, last and "└─" or "├─", end_text(iface),
          end_text(peer), again and "↑ " or "", node_text(peer.node), extra ~= "" and "  [" .. extra .. "]" or "")
        if not again then
          drawn[peer.node] = true
          branch(peer.node, prefix .. (last and "   " or "│  "))
        end
      end
    end
  end
  for _, node in ipairs(lab.nodes) do
    if not drawn[node] then
      drawn[node] = true
      lines[#lines + 1] = node_text(node)
      branch(node, "")
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

-- --- DOT and Mermaid ----------------------------------------------------------------------------------------

local function dot_quote(text)
  return '"' .. text:gsub('[\\"]', "\\%0") .. '"'
end

local shapes = { host = "box", router = "circle", switch = "diamond" }

local function draw_dot(lab)
  local lines = { ("graph %s {"):format(dot_quote(lab.name)), '  node [fontname="sans-serif"];',
    '  edge [fontname="sans-serif", fontsize=10];' }
  for _, node in ipairs(lab.nodes) do
    lines[#lines + 1] = ("  n%d [label=%s, shape=%s];"):format(node.number, dot_quote(node.name), shapes[node.kind])
  end
  for _, link in ipairs(lab.links) do
    local function label(iface)
      return (dot_quote(iface.name .. "\n" .. table.concat(addresses(iface), "\n")):gsub("\n", "\\n"))
    end
    local extra = what_of(link)
    lines[#lines + 1] = ("  n%d -- n%d [taillabel=%s, headlabel=%s, labeldistance=3, minlen=3%s%s];"):format(
      link.a.node.number, link.b.node.number, label(link.a), label(link.b),
      extra ~= "" and ", label=" .. dot_quote(extra) or "", link.is_cut and ", style=dashed" or "")
  end
  lines[#lines + 1] = "}"
  return table.concat(lines, "\n") .. "\n"
end

-- Mermaid's entities for what ends a quoted text.
local function mermaid_quote(text)
  return '"' .. text:gsub("#", "#35;"):gsub('"', "#quot;"):gsub("<", "#lt;"):gsub(">", "#gt;") .. '"'
end

local function draw_mermaid(lab)
  local lines = { "graph LR" }
  local open = { host = "[%s]", router = "((%s))", switch = "{{%s}}" }
  for _, node in ipairs(lab.nodes) do
    lines[#lines + 1] = ("  n%d%s"):format(node.number, open[node.kind]:format(mermaid_quote(node.name)))
  end
  for _, link in ipairs(lab.links) do
    local label = end_text(link.a) .. " - " .. end_text(link.b)
    lines[#lines + 1] = ("  n%d ---|%s| n%d"):format(link.a.node.number, mermaid_quote(label), link.b.node.number)
  end
  return table.concat(lines, "\n") .. "\n"
end

-- --- SVG ----------------------------------------------------------------------------------------------------

local function draw_svg(lab)
  local netns = require "netlua.netns"
  -- graphviz runs like every other program: in a namespace, where nothing can be reached.
  local ns <close> = netns.add "graphviz"
  local ok, result = pcall(ns.run, ns, { "dot", "-Tsvg" }, { stdin = draw_dot(lab) })
  ns:close() -- under `netlua up` the end of a block closes nothing
  if not ok then
    if result.code ~= "ENOENT" then core.raise(result) end
    core.raise(core.error_new {
      op = "draw", subject = lab.name, code = "ENOENT", errno = 2,
      message = "graphviz's program dot is not installed", hint = "apt install graphviz",
    })
  end
  if result.code ~= 0 then
    core.raise(core.error_new { op = "draw", subject = lab.name, code = "EIO", errno = 5, message = result.stderr })
  end
  return result.stdout
end

local formats = { text = draw_tree, dot = draw_dot, mermaid = draw_mermaid, svg = draw_svg }

--- The lab as a picture.
---@param lab netlua.Lab
---@param format? "text"|"dot"|"svg"|"mermaid" default: text
---@return string
function M.draw(lab, format)
  local draw = formats[format or "text"]
  if not draw then
    core.raise(core.error_new { op = "draw", field = "format", code = "EINVAL", errno = 22,
      message = ("expected text, dot, svg or mermaid, got '%s'"):format(tostring(format)) })
  end
  return draw(lab)
end

return M
