-- What the checks in Lua share. Load it with dofile(arg[0]:match("^(.*)/") .. "/../testing.lua").
local testing = { failures = 0 }

local SHOWN_MAX = 40 -- of a tree that is all wrong, the beginning says enough

function testing.fail(format, ...)
  testing.failures = testing.failures + 1
  if testing.failures <= SHOWN_MAX then print("FAIL " .. format:format(...)) end
end

-- A command without which nothing else makes sense.
function testing.run(format, ...)
  local command = format:format(...)
  if not os.execute(command) then
    print("FAIL " .. command)
    os.exit(1)
  end
end

-- For the shell.
function testing.quote(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

-- What stands between tabs, by name.
function testing.row(line, names)
  local row, at = {}, 1
  for value in (line .. "\t"):gmatch("([^\t]*)\t") do
    row[names[at]] = value
    at = at + 1
  end
  return row
end

return testing
