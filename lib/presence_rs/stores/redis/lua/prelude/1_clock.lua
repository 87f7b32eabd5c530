-- The time, and the life of a bucket. Every script begins with these files; constants stand before them.
--
-- KEYS[1] is the bucket's clock; all its keys begin with the same hash tag, so that they share a slot. ARGV[1] is a random token, for a
-- life that begins. ARGV[2] is when the caller believes it is by this server's clock ("" at first), and
-- ARGV[3] for how many ms it could reach nobody, or the clock was set ahead: time that counts for nobody.
-- With a clock moved by hand these two are that clock's.
local call, find, sub, concat = redis.call, string.find, string.sub, table.concat
local K = sub(KEYS[1], 1, -3)
local CLOCK, TOPICS, DUES, PLANS = K .. ":c", K .. ":t", K .. ":x", K .. ":d"
local HUSHED, SPILLED, REVOKED = K .. ":e", K .. ":s", K .. ":r"
local LEFT, LEFT_SEEN = K .. ":l", K .. ":w"
local FEED, CONTROL = K .. ":f:", K .. ":!"

-- `now` is what says who is over. Lifetimes begin at `base`, which is ahead of it in a lull only.
local stamp, wall, now, base
if MANUAL then
  now, wall = tonumber(ARGV[2]), tonumber(ARGV[3])
  stamp, base = now, now
else
  local time = call("TIME")
  stamp = time[1] * 1000 + math.floor(time[2] / 1000)
  wall = stamp
  -- A command that lay about while the server or the network stood still was given up by its caller;
  -- and one who is wrong about the time by so much has to hear of it first.
  local believed = tonumber(ARGV[2])
  if believed and math.abs(stamp - believed) > LATE then
    return { -stamp }
  end
end

local state, stored, OUT, PLANNED, DEPARTED = {}, {}, {}, nil, {}
do
  local names = { "life", "run", "duty", "skip", "last", "pulsed", "till", "active", "n", "spilled", "duty_till",
    "lull", "lull_till", "claimed" }
  local found = call("HMGET", CLOCK, unpack(names))
  for i, name in ipairs(names) do
    state[name] = found[i] or nil
    stored[name] = state[name]
  end
  for i = 4, #names do
    state[names[i]] = tonumber(state[names[i]]) or 0
  end
end

local function run_id()
  return sub(string.match(call("INFO", "server"), "run_id:(%x+)") or "?", 1, 12)
end

-- A new life of the bucket, in which every topic has another epoch than before.
local function begin_life()
  state.life, state.run = ARGV[1], run_id()
  if state.last == 0 then
    state.last, state.pulsed = stamp, stamp
  end
  call("PUBLISH", CONTROL, "life\255" .. state.life)
end

-- A server that was started anew, or took over, may have come back with old data.
if state.life and not QUICK and state.run ~= run_id() then
  begin_life()
end

-- A lull: nobody has asked this server for a while. Either it could not be asked, or there was nobody who would have. Who
-- keeps sessions knows, and says so with their next call (`away`); but others may call before them. So until LULL ms after
-- the first call nobody is over who was not before the lull. Then what nobody has claimed counts after all.
-- A process that calls for the first time ever is no sign of an outage, but of an app that was started (anew): to it
-- those of the processes that are gone are over at once.
-- Who joins in between has their whole ttl, and may have as much more as is claimed later.
local function mind_lull(away)
  local silent, doubtful = stamp - state.pulsed, state.lull_till > stamp
  if not doubtful then
    doubtful = silent > DOUBT and state.active > 0 and ARGV[2] ~= ""
    state.lull, state.lull_till, state.claimed = silent > PATIENCE and silent or 0, doubtful and stamp + LULL or 0, 0
  end
  local claim = math.max(0, math.min(away, state.lull) - state.claimed)
  state.skip, state.claimed = state.skip + claim, state.claimed + claim
  -- Any call that writes says that the server is asked; where somebody is online, one a second does.
  state.pulsed = stamp
  state.clocked = claim > 0 or (silent > PATIENCE and state.active > 0)
  return doubtful and state.lull - state.claimed or 0
end

if not MANUAL then
  local unsure = 0
  if state.life and stamp < state.last then
    -- The clock was set back: no time has passed.
    state.skip = state.skip + stamp - state.last
    state.last, state.pulsed, state.clocked = stamp, stamp, true
    state.lull_till = 0
  elseif state.life then
    unsure = mind_lull(tonumber(ARGV[3]) or 0)
  end
  base = stamp - state.skip
  now = base - unsure
end

-- All keys of a bucket expire by themselves some time after its last session; put off in large steps.
local function keep(ms)
  local need = stamp + ms + KEEP
  if need > state.till then
    state.till = need + KEEP
    state.extended = true
  end
end

local function expire(key)
  if MANUAL then
    call("PEXPIRE", key, KEEP)
  else
    call("PEXPIREAT", key, math.max(state.till, stamp + KEEP))
  end
end

local function fresh()
  state.n = state.n + 1
  return string.format("%x", state.n)
end

local function split(text, separator)
  local list, n, from = {}, 0, 1
  while true do
    local at = find(text, separator, from, true)
    n = n + 1
    if not at then
      list[n] = sub(text, from)
      return list, n
    end
    list[n] = sub(text, from, at - 1)
    from = at + 1
  end
end

local function in_chunks(list, act)
  for from = 1, #list, 1000 do
    act(from, math.min(from + 999, #list))
  end
end
