-- packet_meta.lua says of packets what they have: no field without a line there, no line without a field.
local core = require "netlua.core"
local support = require "spec.support"

local function documented()
  local classes, parents, class = {}, {}, nil
  for line in io.lines(support.root .. "scripts/netlua/packet_meta.lua") do
    local name = line:match "^%-%-%-@class netlua%.packet%.(%w+)"
    if name then
      class = {}
      classes[name], parents[name] = class, line:match "^%-%-%-@class netlua%.packet%.%w+: netlua%.packet%.(%w+)"
    elseif line:match "^%-%-%-@class" then
      class = nil
    end
    local field = line:match "^%-%-%-@field ([%w_]+)"
    if class and field then class[field] = true end
  end
  for name, parent in pairs(parents) do
    for field in pairs(classes[parent]) do classes[name][field] = true end
  end
  return classes
end

describe("packet_meta.lua", function()
  it("has every field of every layer, and no other", function()
    local said = documented()
    for layer, fields in pairs(core.packet_fields()) do
      if layer ~= "ip" then
        assert.is_truthy(said[layer], "no class for " .. layer)
        for field in pairs(fields) do
          assert(said[layer][field] or field == "inner", ("%s.%s is not documented"):format(layer, field))
        end
        for field in pairs(said[layer]) do
          assert(fields[field] or field == "inner" or field == "bytes", ("%s has no field %s"):format(layer, field))
        end
        said[layer] = nil
      end
    end
    assert.is_nil(next(said), "a layer that does not exist: " .. tostring(next(said)))
  end)
end)
