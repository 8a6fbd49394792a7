-- Prints delay_tables.c: the inverse of the cumulative distribution, at the middles of 2048 equal parts of probability,
-- minus its mean, in 1/8192 of its deviation. usage: lua5.4 src/net/gen_delay_tables.lua > src/net/delay_tables.c
local SIZE, SCALE = 2048, 8192

-- Standard normal quantile by bisection of the series of erf: slow, and right to the last digit that matters here.
local function phi(x)
  local sum, term, n = x, x, 1
  while math.abs(term) > 1e-17 * math.abs(sum) do
    term = term * x * x / (2 * n + 1)
    sum, n = sum + term, n + 1
  end
  return 0.5 + sum * math.exp(-x * x / 2) / math.sqrt(2 * math.pi)
end
local function normal(p)
  if p == 0.5 then return 0 end
  local low, high = -6, 6
  for _ = 1, 80 do
    local middle = (low + high) / 2
    if phi(middle) < p then low = middle else high = middle end
  end
  return (low + high) / 2
end

-- Pareto with shape 3, as tc-netem's: mean 3/2, variance 3/4.
local function pareto(p) return ((1 - p) ^ (-1 / 3) - 1.5) / math.sqrt(0.75) end

-- A quarter normal, three quarters Pareto, value by value, as tc-netem's.
local function paretonormal(p) return 0.25 * normal(p) + 0.75 * pareto(p) end

-- What the table holds has exactly mean 0 and deviation 1, as near as whole numbers allow.
local function put(name, quantile)
  local values, sum, squares = {}, 0, 0
  for i = 1, SIZE do
    values[i] = quantile((i - 0.5) / SIZE)
    sum = sum + values[i]
  end
  for i = 1, SIZE do
    values[i] = values[i] - sum / SIZE
    squares = squares + values[i] * values[i]
  end
  local deviation = math.sqrt(squares / SIZE)
  print("\nconst int16_t " .. name .. "[DRILL_DELAY_TABLE_SIZE] = {")
  local line = "   "
  for i = 1, SIZE do
    local value = math.floor(values[i] / deviation * SCALE + 0.5)
    value = math.max(-32767, math.min(32767, value))
    line = line .. string.format(" %d,", value)
    if i % 12 == 0 or i == SIZE then
      print(line)
      line = "   "
    end
  end
  print("};")
end

print("/* Made by gen_delay_tables.lua; do not edit. */\n#include \"net/path.h\"\n\n/* clang-format off */")
put("drill_delay_normal", normal)
put("drill_delay_pareto", pareto)
put("drill_delay_paretonormal", paretonormal)
print("/* clang-format on */")
