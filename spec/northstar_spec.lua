-- The product seen from its user's chair: the scripts in northstar/ run as they stand, and so do the README's.
local lfs = require "lfs"
local support = require "spec.support"

local function lua_files(directory, pattern)
  local names = {}
  for name in lfs.dir(directory) do
    if name:match(pattern) and not name:match "_spec%.lua$" then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

local function read(path)
  local file = io.open(path, "rb")
  local text = file and file:read "a"
  if file then file:close() end
  return text
end

describe("northstar", function()
  local directory = support.root .. "spec/northstar/"
  local names = lua_files(directory, "^%d.*%.lua$")

  it("is all here", function() assert.equal(5, #names) end)

  for _, name in ipairs(names) do
    it("runs " .. name, function()
      -- What it writes goes to a place of its own.
      local run = support.sh(("d=$(mktemp -d) && cd $d && %s %s; code=$?; rm -rf $d; exit $code"):format(
        support.quote(support.program()), support.quote(directory .. name)))
      assert.equal(0, run.code, run.out)
    end)
  end

  -- Beside the project, where there is one, is the copy that people agreed on.
  local given = support.root .. "../shared/northstar/"
  for _, name in ipairs(lfs.attributes(given) and names or {}) do
    it("has not been bent: " .. name, function() assert.equal(read(given .. name), read(directory .. name)) end)
  end
end)

describe("README.md", function()
  local examples = {}
  for text in read(support.root .. "README.md"):gmatch "```lua\n(.-)```" do
    -- One that does not begin anew goes on from those before it.
    examples[#examples + 1] = (text:find 'require "netlua"' and "" or examples[#examples]) .. text
  end

  it("has examples", function() assert.is_true(#examples >= 3) end)

  for i, text in ipairs(examples) do
    it("is true in its example " .. i, function()
      local path = os.tmpname()
      local is_spec = text:find("describe(", 1, true)
      local file = assert(io.open(path .. (is_spec and "_spec.lua" or ".lua"), "w"))
      file:write(text)
      file:close()
      local run = is_spec and support.netlua("test", path .. "_spec.lua") or support.netlua(path .. ".lua")
      os.remove(path)
      os.remove(path .. (is_spec and "_spec.lua" or ".lua"))
      assert.equal(0, run.code, run.out)
    end)
  end
end)
