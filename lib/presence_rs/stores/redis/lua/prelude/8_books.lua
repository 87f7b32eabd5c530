-- Sweeping, limits, and what every script ends with.

-- In how many ms the first of a sorted set of times is due; -1 where there is none.
local NEXT_DUE
local function first_in(key)
  local first = call("ZRANGE", key, 0, 0, "WITHSCORES")[2]
  return first and math.max(0, math.ceil(first - now)) or -1
end

-- Forgets what is over, at most about `budget` sessions of it; answers whether all is done.
local function sweep(budget)
  local batch = 250
  NEXT_DUE = first_in(DUES)
  if NEXT_DUE ~= 0 then
    return true
  end
  NEXT_DUE = nil
  state.sweeping = true
  while budget > 0 do
    local due = call("ZRANGEBYSCORE", DUES, "-inf", now, "LIMIT", 0, batch)
    if #due == 0 then
      break
    end
    local over = {}
    for _, name in ipairs(due) do
      local at = find(name, "\255", 1, true)
      local to = find(name, "\255", at + 1, true)
      local T, n = open(sub(name, 1, at - 1)), sub(name, to + 1)
      local M = T and get(T, sub(name, at + 1, to - 1))
      if M then
        change(M, prune)
      end
      if n ~= "" or not (M and M.placed) then
        over[#over + 1] = name
      end
    end
    if #over > 0 then
      call("ZREM", DUES, unpack(over))
    end
    budget = budget - #due
    if #due < batch then
      break
    end
  end
  state.sweeping = false
  return budget > 0
end

local function full(T)
  if T and T.online >= MAX_MEMBERS then
    return "max_members_per_topic"
  elseif not (T and T.online > 0) and state.active >= MAX_TOPICS then
    return "max_topics"
  end
end

-- A member to be changed, made where there is none and the limits allow it; or nil and the limit.
local function enter(name, id)
  local T = open(name)
  local M = T and get(T, id)
  if not (M and online(M)) and full(T) then
    -- Some of those who fill it may be over already.
    sweep(100000)
    T = open(name)
    local limit = full(T)
    if limit then
      return nil, limit
    end
    M = T and get(T, id)
  end
  return M or { topic = open(name, true), id = id, sessions = {}, told = 0 }
end

-- When somebody was sent away from a topic or from everywhere, at last; 0 for never.
local function sent_away(name, id)
  local there = call("ZSCORE", REVOKED, name .. "\255" .. id)
  local everywhere = call("ZSCORE", REVOKED, "\255" .. id)
  return math.max(tonumber(there or 0), tonumber(everywhere or 0))
end

local function known(name, id)
  local T = open(name)
  return T and get(T, id)
end

-- When those who left did so, and were last seen: of the latest so many.
local function remember_departed()
  local scores = {}
  for i = 1, #DEPARTED, 2 do
    scores[i], scores[i + 1] = now, DEPARTED[i]
  end
  in_chunks(DEPARTED, function(from, to)
    call("ZADD", LEFT, unpack(scores, from, to))
    call("HSET", LEFT_SEEN, unpack(DEPARTED, from, to))
  end)
  local over = call("ZCARD", LEFT) - SEEN_LIMIT
  local old = call("ZRANGEBYSCORE", LEFT, "-inf", now - SEEN_FOR, "LIMIT", 0, 1000)
  if over > #old then
    old = call("ZRANGE", LEFT, 0, math.min(over, 5000) - 1)
  end
  if #old > 0 then
    call("ZREM", LEFT, unpack(old))
    call("HDEL", LEFT_SEEN, unpack(old))
  end
  call("PEXPIRE", LEFT, SEEN_FOR + KEEP)
  call("PEXPIRE", LEFT_SEEN, SEEN_FOR + KEEP)
end

-- Writes back what was changed, and answers: the time, the life, in how many ms a diff is due that this
-- call has planned (or -1), the diffs that it has taken, and the rest.
local function answer(...)
  local wrote = state.clocked or false
  for _, T in pairs(opened) do
    if T.changed then
      wrote = true
      if not T.dropped then
        keep(0)
      end
      if T.dropped and not T.stored and not T.hushed then
        T.changed = false -- came and went within this call
      else
        store(T)
      end
    end
  end
  if state.life and (wrote or state.extended or state.life ~= stored.life or state.pulse) then
    state.last = math.max(stamp, state.last)
    call("HSET", CLOCK, "life", state.life, "run", state.run, "skip", state.skip, "last", state.last,
      "pulsed", state.pulsed, "till", state.till, "active", state.active, "n", state.n, "spilled", state.spilled,
      "duty", state.duty or "", "duty_till", state.duty_till, "lull", state.lull, "lull_till", state.lull_till,
      "claimed", state.claimed)
    -- A bucket that was empty has new keys.
    if state.extended or (tonumber(stored.active) or 0) == 0 then
      for _, key in ipairs({ CLOCK, TOPICS, DUES, PLANS, HUSHED, SPILLED }) do
        expire(key)
      end
    end
  end
  if #DEPARTED > 0 then
    remember_departed()
  end
  return { MANUAL and 0 or stamp, state.life or "", PLANNED and math.max(0, math.ceil(PLANNED - now)) or -1, OUT, ... }
end
