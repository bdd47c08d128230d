-- luacheck: Lua 5.4, no globals. Prose in comments may be longer than code.
std = "lua54"
max_line_length = 140
files["spec/**/*_spec.lua"] = { std = "lua54+busted" }
files["spec/support/*.lua"] = { std = "lua54+busted" }
files["spec/northstar/*.lua"] = { std = "lua54+busted", ignore = { "631" } }
-- Declarations for editors: parameters are named and not used.
files["scripts/netlua/meta.lua"] = { ignore = { "212", "211" } }
exclude_files = { "build/**" }
