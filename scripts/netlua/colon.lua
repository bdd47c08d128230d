--- Methods that say so when they are called with a dot instead of a colon. Without it the first argument would be
--- taken for the object, and the error would be about something else.
local core = require "netlua.core"

local M = {}

-- Our function -> the method as it is written: for netlua.manual.
local written = setmetatable({}, { __mode = "k" })

--- The method as it is written, of one that was wrapped here.
---@param method function
---@return function
function M.written(method) return written[method] or method end

--- `method`, which raises unless its first argument is an object of its kind.
---@param object string for the message: "ns.link"
---@param name string the method's
---@param method function
---@param is fun(value: any): boolean is it such an object?
---@return function
function M.method(object, name, method, is)
  local op = (object:match "%.(%w+)$" or object) .. "." .. name
  local function checked(self, ...)
    if not is(self) then
      core.raise(core.error_new {
        op = op, field = "self", code = "EINVAL", errno = 22,
        message = ("is missing: a method is called with a colon, %s:%s(…)"):format(object, name),
      })
    end
    return method(self, ...)
  end
  written[checked] = method
  return checked
end

--- The same for every method of a class.
---@param object string
---@param class table
---@param functions? table<string, boolean> what in it is no method
---@param meta? table the metatable of its objects, when it is another table
---@return table class
function M.class(object, class, functions, meta)
  meta = meta or class
  local function is(value) return getmetatable(value) == meta end
  for name, value in pairs(class) do
    if type(value) == "function" and name ~= "new" and not name:find "^__" and not (functions and functions[name]) then
      class[name] = M.method(object, name, value, is)
    end
  end
  return class
end

return M
