-- The one call that a process makes by itself: it renews what the process keeps, sweeps what is over, and
-- takes the diffs that are due. Arguments: the process, whether all that is pending is published ("1"),
-- whether it stands by to tick for all, ms for which that holds, the life that the renewals are of, and
-- then an entry of DUES and the ms it has left for each session that was heard.
--
-- Answers whether all is done, in how many ms the next diff and the next expiry are due (-1: none),
-- whether the caller ticks for all, for how many ms somebody does, how many stand by, whether the life is
-- the one that the caller knows, and the places (from 0) of the sessions that are not known here.
local force, stands_by, lease = ARGV[5] == "1", ARGV[6] == "1", tonumber(ARGV[7])
state.pulse = true

-- A server that evicts keys may have taken the members and left the rest.
if state.active > 0 and call("EXISTS", TOPICS) == 0 then
  call("DEL", DUES, PLANS, HUSHED, SPILLED)
  state.active = 0
  begin_life()
end

local unknown, entries, left = {}, {}, {}
for i = 9, #ARGV, 2 do
  entries[#entries + 1], left[#left + 1] = ARGV[i], tonumber(ARGV[i + 1])
end
if ARGV[8] ~= state.life then
  for i = 1, #entries do
    unknown[i] = i - 1
  end
else
  in_chunks(entries, function(from, to)
    local scores, renewed, longest = call("ZMSCORE", DUES, unpack(entries, from, to)), {}, 0
    for i = from, to do
      local score, deadline = scores[i - from + 1], base + SLACK + left[i]
      if not score then
        unknown[#unknown + 1] = i - 1
      elseif deadline > tonumber(score) then
        renewed[#renewed + 1], renewed[#renewed + 2] = deadline, entries[i]
        longest = math.max(longest, left[i])
      end
    end
    if #renewed > 0 then
      call("ZADD", DUES, "XX", unpack(renewed))
      keep(longest)
    end
  end)
end

local done = sweep(BUDGET)
local next_diff = first_in(PLANS)
if done and (next_diff == 0 or (force and next_diff > 0)) then
  local budget, offset = BUDGET, 0
  while budget > 0 do
    local name = call("ZRANGEBYSCORE", PLANS, "-inf", force and "+inf" or now, "LIMIT", offset, 1)[1]
    local T = name and open(name)
    if not name then
      break
    elseif not T then
      call("ZREM", PLANS, name)
    elseif T.dirty == 0 and T.due and T.due > now then
      offset = offset + 1 -- empty, and kept until its window has passed
    else
      budget = budget - math.min(T.dirty, MAX_ENTRIES) - 1
      publish(T)
    end
  end
  done = budget > 0
  next_diff = first_in(PLANS)
end

-- Large topics' keys live as long as their bucket.
if state.spilled < state.till then
  local short = call("ZRANGEBYSCORE", SPILLED, "-inf", "(" .. string.format("%.0f", state.till), "LIMIT", 0, 100)
  for _, name in ipairs(short) do
    expire(K .. ":m:" .. name)
    expire(K .. ":p:" .. name)
    call("ZADD", SPILLED, state.till, name)
  end
  if #short < 100 then
    state.spilled = state.till
    expire(SPILLED)
  end
end

local mine, holds, many = 0, 0, 0
if stands_by then
  holds = state.duty_till - stamp
  if state.life and (state.duty == ARGV[4] or holds <= 0 or holds > 60000) then
    mine, holds = 1, lease
    state.duty, state.duty_till = ARGV[4], stamp + lease
  else
    local STANDBY = K .. ":o"
    call("ZADD", STANDBY, stamp, ARGV[4])
    call("ZREMRANGEBYSCORE", STANDBY, "-inf", stamp - 120000)
    call("PEXPIRE", STANDBY, 120000)
    many, holds = call("ZCARD", STANDBY), math.max(0, holds)
  end
end

return answer(done and 1 or 0, next_diff, NEXT_DUE or first_in(DUES), mine, holds, many,
  ARGV[8] == state.life and 1 or 0, unknown)
