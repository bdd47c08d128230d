-- How a chapter speaks: steps, checks, the verdict, and its language.
local program = require "spec.support.program"
local report = require "netlua.report"

describe("report", function()
  local printing, said
  before_each(function()
    printing, said = report.sink, {}
    report.sink = function(_, kind, text, detail) said[#said + 1] = { kind, text, detail } end
  end)
  after_each(function()
    report.sink = printing
    package.loaded["netlua.messages.ja.test"] = nil
    package.loaded["netlua.messages.ja.report"] = nil
    package.loaded["netlua.messages.en.test"] = nil
  end)

  it("counts checks, and its verdict tells whether all held", function()
    local r = report.chapter "test"
    assert.is_true(r:check("a fact", 1))
    assert.is_true(r:verdict())
    assert.same({ "verdict", "Verdict: all 1 checks hold.", true }, said[#said])
    assert.is_false(r:check("no fact", nil, { seen = 1 }))
    assert.same({ text = "no fact", passed = false, detail = "{ seen = 1 }" }, r.checks[2])
    assert.is_false(r:verdict())
    assert.same({ "verdict", "Verdict: 1 of 2 checks FAILED.", false }, said[#said])
  end)

  -- What is printed for a call, line by line.
  local function printed(method, text)
    local lines, real = {}, print
    report.sink = printing
    _G.print = function(line) lines[#lines + 1] = line end
    local ok, err = pcall(report.chapter("test")[method], report.chapter "test", text)
    _G.print = real
    assert(ok, err)
    return table.concat(lines, "\n")
  end

  it("ends lines between words, or between the characters of a language without spaces", function()
    local columns = require "netlua.columns"
    assert.equal("   " .. ("word "):rep(17) .. "word\n   word word", printed("say", ("word "):rep(19) .. "word"))
    assert.equal("   " .. ("x"):rep(120) .. "\n   y", printed("say", ("x"):rep(120) .. " y"))
    local text = ("これは長い文です。名前は netlua で、「行」は九十桁まで。"):rep(9)
    local lines = printed("say", text)
    assert.equal((text:gsub(" ", "")), (lines:gsub("%s", "")))
    for line in lines:gmatch "[^\n]+" do
      assert.is_true(columns.width(line) <= 93, line)
      for _, mark in ipairs { "、", "。", "」" } do assert.falsy(line:find("^   " .. mark), line) end
      assert.falsy(line:find "「$", line)
    end
  end)

  it("underlines a title as wide as it is", function()
    assert.equal("第1章 層\n========", printed("title", "第1章 層"))
    assert.equal("Title\n=====", printed("title", "Title"))
  end)

  it("numbers steps, fills values in, and shows them as their tools do", function()
    local r = report.chapter "test"
    r:step "first"
    r:step("{name} has {count} of {what}", { name = "ns1", count = 2 })
    assert.equal(2, r.steps)
    assert.same({ "step", "ns1 has 2 of {what}" }, said[2])
    r:show { 1, 2 }
    r:show "as it stands"
    assert.same({ { "show", "{ 1, 2 }" }, { "show", "as it stands" } }, { said[3], said[4] })
    r:command("ip link", "ip addr")
    assert.same({ { "command", "ip link" }, { "command", "ip addr" } }, { said[5], said[6] })
  end)

  it("takes texts from the message file of the language, then English, then the chapter", function()
    package.loaded["netlua.messages.ja.test"] = { title = "題", ["a sentence"] = "一文" }
    package.loaded["netlua.messages.en.test"] = { title = "the title", only_english = "in English" }
    package.loaded["netlua.messages.ja.report"] = { ["Verdict: all {total} checks hold."] = "判定：{total}" }
    local language = report.language
    report.language = function() return "ja" end
    local r = report.chapter "test"
    report.language = language
    assert.equal("題", r:text "title")
    assert.equal("一文", r:text "a sentence")
    assert.equal("in English", r:text "only_english")
    assert.equal("as it stands", r:text "as it stands")
    r:check("x", true)
    r:verdict()
    assert.equal("判定：1", said[#said][2])
  end)

  it("speaks the language of --lang, then of the locale", function()
    local ask = "-e 'print(require(\"netlua.report\").language())'"
    local function said_with(environment, options)
      return (program.sh(("env -u LC_ALL -u LC_MESSAGES -u LANG -u NETLUA_LANG %s %s %s %s"):format(environment,
        program.quote(program.host), options, ask)))
    end
    assert.equal("en\n", said_with("", ""))
    assert.equal("ja\n", said_with("LANG=ja_JP.UTF-8", ""))
    assert.equal("en\n", said_with("LANG=ja_JP.UTF-8", "--lang en"))
    assert.equal("ja\n", said_with("LANG=en_US.UTF-8 LC_MESSAGES=ja_JP.UTF-8", ""))
    assert.equal("en\n", said_with("LC_ALL=C LANG=ja_JP.UTF-8", ""))
    assert.equal("ja\n", said_with("LC_ALL=C", "--lang=ja"))
    assert.equal("en\n", said_with("LANG=de_DE", ""))
  end)

  it("prints so that a person can follow", function()
    local out = program.code [[
      local r = require("netlua.report").chapter "test"
      r:title "T"
      r:step "S"
      r:say(("word "):rep(30))
      r:command "ip link"
      r:show "one\n\ntwo"
      r:check("holds", true, "not shown")
      r:check("does not", false, "line 1\nline 2")
      os.exit(r:verdict())]]
    assert.equal([[
T
=

1. S
   word word word word word word word word word word word word word word word word word word
   word word word word word word word word word word word word
   $ ip link
     one

     two
   ok  holds
   FAILED  does not
       line 1
       line 2

Verdict: 1 of 2 checks FAILED.
]], out)
  end)
end)
