--- How a chapter speaks: steps, explanations, the notes' commands, outputs, checks, and a verdict.
--
--   local report = require("netlua.report").chapter "ch3_router"
--   report:title "A router between two networks"
--   report:step "Two hosts and a router"
--   report:command "ip netns add ns1"
--   report:check("ns1 reaches ns2", reply.received == 3, reply)
--   return report:verdict()
--
-- Every text may be a key of a message file: `netlua.messages.<language>.<chapter>` is a module that returns
-- a table of texts by key. A text that stands in no file is said as it is, so a chapter in English needs none.
local columns = require "netlua.columns"

local M = {}

---@class netlua.Report
---@field chapter string
---@field lang string "en" or "ja"
---@field checks { text: string, passed: boolean, detail: string? }[]
local Report = {}
Report.__index = Report

--- Where everything goes: a function of (report, kind, text, detail). `netlua test FILE` puts its own in place
--- of the one that prints.
---@type fun(report: netlua.Report, kind: string, text: string, detail: any)
M.sink = nil

--- The language to speak: --lang, then the locale.
---@return string
function M.language()
  local wanted = os.getenv "NETLUA_LANG"
  for _, name in ipairs { "LC_ALL", "LC_MESSAGES", "LANG" } do
    if wanted and wanted ~= "" then break end
    wanted = os.getenv(name)
  end
  return (wanted or ""):match "^ja" or "en"
end

local function indent(text, by)
  return (by .. text:gsub("\n$", ""):gsub("\n([^\n])", "\n" .. by .. "%1"))
end

-- Japanese parts no words by spaces: a line ends behind any character, but for these.
local closing, opening = {}, {}
for _, code in utf8.codes "、。，．・：；？！」』）］｝〉》ーっゃゅょッャュョ)]},.:;?!" do closing[code] = true end
for _, code in utf8.codes "「『（［｛〈《([{" do opening[code] = true end

-- May a line end between these two?
local function breaks(before, after)
  if before == 32 then return true end
  return (columns.of(before) == 2 or columns.of(after) == 2) and after ~= 32 and not closing[after] and not opening[before]
end

-- One paragraph in lines of at most `width` columns.
local function wrap(text, width)
  local lines, from, last, before = {}, 1, nil, nil
  local used, since = 0, 0 -- columns of the line, and of what is behind its last possible end
  for at, code in utf8.codes(text) do
    if before and breaks(before, code) then last, since = at, 0 end
    used, since = used + columns.of(code), since + columns.of(code)
    if used > width and last and code ~= 32 then
      lines[#lines + 1] = text:sub(from, last - 1):match "^(.-)%s*$"
      from, last, used = last, nil, since
    end
    before = code
  end
  lines[#lines + 1] = text:sub(from):match "^(.-)%s*$"
  return table.concat(lines, "\n")
end

local print_as = {
  title = function(_, text)
    print(text)
    print(("="):rep(columns.width(text)))
  end,
  drawing = function(_, text) print(indent(text, "  ")) end,
  step = function(report, text) print(("\n%d. %s"):format(report.steps, text)) end,
  say = function(_, text) print(indent(wrap(text, 90), "   ")) end,
  command = function(_, text) print(indent(text, "   $ ")) end,
  show = function(_, text) print(indent(text, "     ")) end,
  check = function(_, text, check)
    print(("   %s  %s"):format(check.passed and "ok" or "FAILED", text))
    if check.detail and not check.passed then print(indent(check.detail, "       ")) end
  end,
  exercises = function(_, text) print("\n" .. text) end,
  verdict = function(_, text) print("\n" .. text) end,
}

function M.sink(report, kind, text, detail)
  print_as[kind](report, text, detail)
end

local function messages_of(lang, chapter)
  local found, messages = pcall(require, ("netlua.messages.%s.%s"):format(lang, chapter))
  return found and messages or {}
end

--- A report for one chapter.
---@param name string the chapter's file without ".lua"
---@return netlua.Report
function M.chapter(name)
  local lang = M.language()
  return setmetatable({
    chapter = name,
    lang = lang,
    messages = messages_of(lang, name),
    words = messages_of(lang, "report"),
    fallback = messages_of("en", name),
    steps = 0,
    checks = {},
  }, Report)
end

--- Called with chapter and key for a text that the chosen language lacks: for the spec that holds the message
--- files complete.
---@type fun(chapter: string, key: string)?
M.on_missing = nil

--- The text for a key (or the text itself), with {name} replaced by values.name.
---@param key string
---@param values? table
---@return string
function Report:text(key, values)
  local text = self.messages[key] or self.words[key] or self.fallback[key] or key
  if M.on_missing and self.lang ~= "en" and not (self.messages[key] or self.words[key]) then
    M.on_missing(self.chapter, key)
  end
  if not values then return text end
  return (text:gsub("{([%w_]+)}", function(name)
    return values[name] ~= nil and tostring(values[name]) or nil
  end))
end

function Report:emit(kind, key, values, detail)
  M.sink(self, kind, self:text(key, values), detail)
end

--- The chapter's title.
function Report:title(key, values) self:emit("title", key, values) end

--- A drawing, printed as it stands.
function Report:drawing(text) M.sink(self, "drawing", text) end

--- The next step: a numbered heading.
function Report:step(key, values)
  self.steps = self.steps + 1
  self:emit("step", key, values)
end

--- A paragraph of explanation.
function Report:say(key, values) self:emit("say", key, values) end

--- The notes' command that does the same as the call beside it.
---@param ... string
function Report:command(...)
  for _, text in ipairs { ... } do M.sink(self, "command", text) end
end

--- A value as its tool prints it.
---@param value any
function Report:show(value)
  M.sink(self, "show", require("netlua.inspect").inspect(value))
end

--- A fact that the lesson claims. A false one does not stop the chapter, but its verdict.
---@param key string what is claimed
---@param passed any
---@param detail? any shown when it is false: what was seen
---@return boolean passed
function Report:check(key, passed, detail)
  local check = {
    text = self:text(key),
    passed = not not passed,
    detail = detail ~= nil and require("netlua.inspect").inspect(detail) or nil,
  }
  self.checks[#self.checks + 1] = check
  M.sink(self, "check", check.text, check)
  return check.passed
end

--- Are the programs that a chapter shows installed? Those that are not are told with the package that has them,
--- and the chapter can end there: that is no failure of the lesson.
---@param programs table<string, string> program -> Debian's package
---@return boolean all_there
function Report:needs(programs)
  local ns <close> = require("netlua").netns.add "programs"
  local names, missing = {}, false
  for name in pairs(programs) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    if ns:run({ "sh", "-c", 'PATH="$PATH:/usr/sbin:/sbin" command -v "$0"', name }).code ~= 0 then
      missing = true
      self:say("This chapter needs {program}, which is not installed: apt install {package}",
        { program = name, package = programs[name] })
    end
  end
  self.incomplete = self.incomplete or missing
  return not missing
end

-- Is this one of the chapters that come with netlua? Each of those has exercises in its head.
local function is_shipped(chapter)
  local found, host = pcall(require, "netlua.host")
  local file = found and io.open(("%s/%s.lua"):format(host.chapters, chapter))
  if file then file:close() end
  return file
end

--- Ends the chapter: says where it goes on, and how many checks held. The chapter returns it, and netlua exits with 0 or 1.
--- With `netlua -i` the prompt opens here, while the network still stands.
---@return boolean passed
function Report:verdict()
  local failed = 0
  for _, check in ipairs(self.checks) do
    if not check.passed then failed = failed + 1 end
  end
  local passed = failed == 0
  if passed and is_shipped(self.chapter) then
    self:emit("exercises", "Exercises to go on with: netlua help {chapter}", { chapter = self.chapter })
  end
  local key = passed and "Verdict: all {total} checks hold." or "Verdict: {failed} of {total} checks FAILED."
  self:emit("verdict", key, { total = #self.checks, failed = failed }, passed)
  local repl = package.loaded["netlua.repl"]
  if repl and repl.interactive then repl.at_end() end
  return passed
end

return M
