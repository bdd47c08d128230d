-- netlua.columns: text by the columns it takes on a terminal.
local columns = require "netlua.columns"

describe("columns", function()
  it("counts two for wide characters and none for combining ones", function()
    assert.equal(0, columns.width "")
    assert.equal(5, columns.width "a─▶é→")
    assert.equal(6, columns.width "東京h1")
    assert.equal(1, columns.width "e\u{301}")
    assert.equal(2, columns.width "\u{1f600}")
  end)

  it("cuts at whole characters", function()
    assert.equal("abc", columns.cut("abc", 3))
    assert.equal("ab…", columns.cut("abcd", 3))
    assert.equal("…", columns.cut("東京", 2))
    assert.equal("東…", columns.cut("東京", 3))
    assert.equal("東京", columns.cut("東京", 4))
    assert.equal("", columns.cut("abc", 0))
  end)

  it("pads and cleans", function()
    assert.equal("東京  ", columns.pad("東京", 6))
    assert.equal("abc", columns.pad("abc", 2))
    assert.equal("a.[31mb", columns.clean "a\27[31mb")
    assert.equal("a??b", columns.clean "a\xff\xfeb")
  end)
end)
