-- The end of `netlua test`: shows failing tests in full, names what was skipped, and counts.
--   netlua spec/support/tally.lua RESULTS-DIRECTORY CTEST-STATUS
-- The directory holds ctest's junit.xml, and one file for each spec with a line for each of its tests (helper.lua). A
-- C unit test or a replayed corpus is one test.
local directory, ctest_status = arg[1], tonumber(arg[2])
local spec_directory = arg[0]:match "^(.*)support/tally%.lua$"
local must_run = os.getenv "NETLUA_MUST_RUN" == "1"

local entities = { lt = "<", gt = ">", amp = "&", quot = '"', apos = "'" }
local function unescape(text)
  return (text:gsub("&#x?(%w+);", function(code) return utf8.char(tonumber(code, 16)) end):gsub("&(%a+);", entities))
end

local function read(path)
  local file = io.open(path)
  local text = file and file:read "a"
  if file then file:close() end
  return text
end

-- Lines of spec/skips.txt: "TEST :: reason", where TEST is as printed here and may hold `*` for any text. With "[vm]" or
-- "[host]" in front it counts in that kernel only: in Debian's (spec/vm), or in the one this machine runs.
local kernel = os.getenv "NETLUA_VM" == "1" and "vm" or "host"
local allowed = { both = {}, vm = {}, host = {} }
for line in (read(spec_directory .. "skips.txt") or ""):gmatch "[^\n]+" do
  local test, reason = line:match "^([^#]-)%s*::%s*(%S.*)$"
  if test then
    local where, rest = test:match "^%[(%a+)%]%s*(.*)$"
    local list = allowed[where or "both"] or error("spec/skips.txt: unknown kernel in: " .. line)
    list["^" .. (rest or test):gsub("[%^%$%(%)%%%.%[%]%+%-%?]", "%%%0"):gsub("%*", ".*") .. "$"] = reason
  end
end

local function listed_in(list, test)
  for pattern, reason in pairs(list) do
    if test:match(pattern) then return reason end
  end
end

-- Why a test may be skipped in this kernel, nil when it may not: what the other one skips too must run here.
local function listed_reason(test)
  local anywhere = listed_in(allowed.both, test)
  if anywhere then return anywhere end
  if listed_in(allowed[kernel == "vm" and "host" or "vm"], test) then return nil end
  return listed_in(allowed[kernel], test)
end

local passed, failed = 0, 0
local failures, skips = {}, {}

local function skip(test, reason)
  local listed = listed_reason(test)
  if must_run and not listed then
    failed = failed + 1
    failures[#failures + 1] = { test, ("skipped (%s), and spec/skips.txt does not list it"):format(reason) }
  else
    skips[#skips + 1] = ("%s: %s%s"):format(test, reason, listed and " [" .. listed .. "]" or "")
  end
end

-- The tests of one spec file, from its record. Returns true when it failed outside of its tests: it does not load, a
-- crash, a time-out, something left behind.
local function count_spec(from, name, fails)
  local record = read(("%s/%s.tsv"):format(from, (name:gsub("/", "."))))
  if not record then return fails end
  local bad = 0
  for line in record:gmatch "[^\n]+" do
    local status, test, reason = line:match "^(%w+)\t([^\t]*)\t(.*)$"
    if status == "success" then
      passed = passed + 1
    elseif status == "pending" then
      skip(name .. ": " .. test, reason)
    else
      bad = bad + 1
    end
  end
  failed = failed + bad
  return fails and bad == 0
end

-- What ctest reports: a list of { name =, status =, output =, from = }.
local function read_report(from)
  local junit = read(from .. "/junit.xml")
  if not junit then return nil end
  local tests = {}
  for attributes, body in junit:gmatch "<testcase (.-)>(.-)</testcase>" do
    tests[#tests + 1] = {
      name = unescape(attributes:match 'name="(.-)"'),
      status = attributes:match 'status="(.-)"',
      output = unescape(body:match "<system%-out>(.-)</system%-out>" or ""),
      from = from,
    }
  end
  return tests
end

local tests = read_report(directory)
if not tests then
  print "ctest left no report"
  print "0 passed, 1 failed"
  os.exit(1)
end

-- The second try of what failed (spec/suite) takes the first one's place, after both were shown.
for _, again in ipairs(read_report(directory .. "/retry") or {}) do
  for i, first in ipairs(tests) do
    if first.name == again.name then
      print(("\n--- SECOND TRY: %s failed first, then alone it %s; the first time it said:\n%s"):format(first.name,
        again.status == "fail" and "failed again" or "passed", first.output))
      tests[i] = again
    end
  end
end

for _, test in ipairs(tests) do
  local fails = test.status == "fail"
  if fails then failures[#failures + 1] = { test.name, test.output } end
  if test.name:match "^spec/" then
    if count_spec(test.from, test.name, fails) then failed = failed + 1 end
  elseif test.status == "run" then
    passed = passed + 1
  elseif fails then
    failed = failed + 1
  else
    skip(test.name, test.output:match "([^\n]+)\n*$" or "no reason given")
  end
end

table.sort(skips)
table.sort(failures, function(a, b) return a[1] < b[1] end)
for _, line in ipairs(skips) do print("skipped: " .. line) end
for _, failure in ipairs(failures) do print(("\n--- FAILED: %s\n%s"):format(failure[1], failure[2])) end
if ctest_status ~= 0 and failed == 0 then
  print(("ctest ended with status %d"):format(ctest_status))
  failed = 1
end
if passed + failed == 0 then
  print "no test was run"
  failed = 1
end
for _, failure in ipairs(failures) do print("failed: " .. failure[1]) end
print(("%d passed, %d failed"):format(passed, failed))
os.exit(failed == 0)
