-- Decides a batch of calls at once, by the clock of this server.
--
-- ARGV[1], in MessagePack: a list of calls. A call is a flat list with five values for each of its claims: the key, how
-- many may be used in a window, the length of the window in microseconds, the cost, and 1 when the limit only counts.
-- Answers in MessagePack: for each call a flat list with three values for each claim: 1 when there was room, what remains,
-- and after how many microseconds there is room, or something becomes free again.
--
-- A window is cut into slots. A key holds the slots in which something was used, oldest first, as slot, count, slot,
-- count ... What was used in a slot counts until that slot has left the window as a whole: so never too much is allowed,
-- and what is due comes back at most one slot late.
local SLOTS = 120
local unpack_, pack = cmsgpack.unpack, cmsgpack.pack
local floor, ceil, max = math.floor, math.ceil, math.max

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local windows = {}

local function window(key, length)
  local found = windows[key]
  if found then return found end
  local raw = redis.call('GET', key)
  local slot = ceil(length / SLOTS)
  found = { runs = raw and unpack_(raw) or {}, head = 1, used = 0, slot = slot, at = floor(now / slot), changed = false }
  local runs = found.runs
  -- Should the clock have been set back, time stands still here until it has caught up.
  if #runs > 0 then found.at = max(found.at, runs[#runs - 1]) end
  while runs[found.head] and runs[found.head] + SLOTS < found.at do found.head = found.head + 2 end
  for i = found.head + 1, #runs, 2 do found.used = found.used + runs[i] end
  windows[key] = found
  return found
end

-- When `needed` is free that is used now.
local function wait(w, needed)
  local runs, i = w.runs, w.head
  while runs[i] do
    needed = needed - runs[i + 1]
    if needed <= 0 then return max((runs[i] + SLOTS + 1) * w.slot - now, 1) end
    i = i + 2
  end
  return 0
end

local function take(w, cost)
  local runs = w.runs
  local last = #runs
  if last > 0 and runs[last - 1] == w.at then
    runs[last] = runs[last] + cost
  else
    runs[last + 1], runs[last + 2] = w.at, cost
  end
  w.used = w.used + cost
  w.changed = true
end

local answers = {}
for n, call in ipairs(unpack_(ARGV[1])) do
  local allowed = true
  for i = 1, #call, 5 do
    local w = window(call[i], call[i + 2])
    if w.used + call[i + 3] > call[i + 1] and call[i + 4] ~= 1 then allowed = false end
  end
  local answer = {}
  for i = 1, #call, 5 do
    local w, most, cost = windows[call[i]], call[i + 1], call[i + 3]
    local fits = w.used + cost <= most
    if allowed and fits then take(w, cost) end
    answer[#answer + 1] = fits and 1 or 0
    answer[#answer + 1] = max(most - w.used, 0)
    answer[#answer + 1] = wait(w, fits and 1 or w.used + cost - most)
  end
  answers[n] = answer
end

for key, w in pairs(windows) do
  if w.changed then
    local runs = w.runs
    if w.head > 1 then
      runs = {}
      for i = w.head, #w.runs do runs[#runs + 1] = w.runs[i] end
    end
    redis.call('SET', key, pack(runs), 'PX', ceil((SLOTS + 1) * w.slot / 1000))
  end
end
return pack(answers)
