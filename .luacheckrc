-- `./netlua test --lint` runs luacheck with this.
std = "lua54"
max_line_length = 140
codes = true
-- Specs are busted's: describe, it, assert.equal and so on.
files["spec/**/*_spec.lua"] = { std = "lua54+busted" }
files["scripts/answers/*.lua"] = { std = "lua54+busted" }
files["spec/northstar"] = { std = "lua54+busted", ignore = { "631" } }
files[".busted"] = { std = "lua54" }
-- busted reads its command line from the global `arg`.
files["spec/run.lua"] = { globals = { "arg" } }
files["scripts/netlua/cmd/test.lua"] = { globals = { "arg" } }
-- Declarations for editors: parameters are named and not used.
files["scripts/netlua/meta.lua"] = { ignore = { "211", "212", "241" } }
files["scripts/netlua/meta/*.lua"] = { ignore = { "211", "212", "241" } }
exclude_files = { "build" }
