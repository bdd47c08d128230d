--- `netlua draw FILE`: runs a script up to its lab's building and draws the lab instead.
local M = { summary = "draw the lab of a script" }

local function parser()
  local argparse = require "argparse"
  local p = argparse("netlua draw", "Draws the lab of a script; nothing is built.")
  p:argument("file", "The script, or a shipped chapter.")
  p:option("-f --format", "text, dot, svg or mermaid.", "text"):choices { "text", "dot", "svg", "mermaid" }
  p:option("-o --output", "Where to write it; default: standard output.")
  p:argument("args", "The script's arguments."):args "*"
  return p
end

function M.main(args)
  local opts = require("netlua.cmdline").parse(parser(), args)
  if not opts then return 2 end
  local file = io.open(opts.file)
  if file then file:close() end
  local script = file and opts.file or require("netlua.host").chapter(opts.file) or opts.file
  local chunk, message = loadfile(script, "t")
  if not chunk then
    io.stderr:write("netlua: ", message, "\n")
    return 1
  end
  local drawn = {}
  local Lab = require("netlua.lab").Lab
  -- The script is left where it would build: what comes behind needs the network.
  Lab.build = function(lab)
    lab:check()
    drawn.lab = lab
    error(drawn, 0)
  end
  _G.arg = { [0] = script, table.unpack(opts.args) }
  -- Standard output is the picture's: what the script prints goes elsewhere.
  local real_print = print
  io.output(io.stderr)
  _G.print = function(...)
    local texts = table.pack(...)
    for i = 1, texts.n do texts[i] = tostring(texts[i]) end
    io.stderr:write(table.concat(texts, "\t"), "\n")
  end
  local ok, err = pcall(chunk, table.unpack(opts.args))
  _G.print = real_print
  io.output(io.stdout)
  if not ok and err ~= drawn then
    io.stderr:write("netlua: ", tostring(err), "\n")
    return 1
  end
  if not drawn.lab then
    io.stderr:write("netlua: ", opts.file, " builds no lab\n")
    return 1
  end
  local done, picture = pcall(require("netlua.lab.draw").draw, drawn.lab, opts.format)
  if not done then
    io.stderr:write("netlua: ", tostring(picture), "\n")
    return 1
  end
  local out = io.stdout
  if opts.output then
    out, message = io.open(opts.output, "w")
    if not out then
      io.stderr:write("netlua: ", message, "\n")
      return 1
    end
  end
  out:write(picture)
  if opts.output then out:close() end
  return 0
end

return M
