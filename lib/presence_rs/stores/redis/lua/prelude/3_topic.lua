-- Topics: a field of TOPICS each, with the members of small ones in it, so that most rooms cost no key of
-- their own. Larger ones spill into a hash of members and a sorted set of those the next diff tells of.
local opened = {}

local function blank(T)
  T.seed, T.version, T.published, T.sampled = "", 0, 0, 0
  T.window, T.due, T.online, T.seq, T.dirty, T.size = 0, nil, 0, 0, 0, 0
  T.members, T.ids, T.listed, T.removed, T.spilled, T.changed = {}, {}, {}, {}, false, false
  return T
end

local function load(T, raw)
  local from = find(raw, "\255", 1, true)
  local h = split(from and sub(raw, 1, from - 1) or raw, ",")
  T.seed, T.version, T.published, T.sampled = h[1], tonumber(h[2]), tonumber(h[3]), tonumber(h[4])
  T.window, T.due, T.online = tonumber(h[5]), tonumber(h[6]), tonumber(h[7])
  T.seq, T.dirty, T.spilled = tonumber(h[8]), tonumber(h[9]), h[10] == "1"
  if T.due == 0 then
    T.due = nil
  end
  T.planned, T.hushed = T.due ~= nil, T.online == 0
  if T.spilled then
    T.size = call("HLEN", T.key)
    T.emptied = T.size == 0
  elseif from then
    local f, n = split(sub(raw, from + 1), "\255")
    for i = 1, n, 2 do
      T.members[f[i]] = f[i + 1]
      T.ids[#T.ids + 1], T.listed[f[i]] = f[i], true
    end
    T.size = #T.ids
  end
end

-- A topic, or nil; with `create` it is made where there is none.
local function open(name, create)
  local T = opened[name]
  if T == nil then
    T = blank({ name = name, key = K .. ":m:" .. name, dirty_key = K .. ":p:" .. name, dropped = true })
    opened[name] = T
    local raw = call("HGET", TOPICS, name)
    if raw then
      T.dropped, T.stored = false, true
      if not state.life then
        begin_life()
      end
      load(T, raw)
    end
  end
  if T.dropped then
    if not create then
      return nil
    end
    T.dropped, T.changed = false, true
    if not state.life then
      begin_life()
    end
  end
  return T
end

local function get(T, id)
  local M = T.members[id]
  if M == nil and T.spilled then
    M = call("HGET", T.key, id)
  end
  if type(M) == "string" then
    M = parse(T, id, M)
    T.members[id] = M
  end
  return M or nil
end

local function put(M)
  local T = M.topic
  if not M.kept then
    M.kept = true
    if T.members[M.id] ~= M then
      T.members[M.id] = M
      T.size = T.size + 1
      if not T.listed[M.id] then
        T.ids[#T.ids + 1], T.listed[M.id] = M.id, true
      end
    end
  end
  M.changed, T.changed = true, true
end

local function take_out(M)
  local T = M.topic
  T.members[M.id] = false
  T.size, T.changed, M.changed = T.size - 1, true, false
  if T.spilled then
    T.removed[#T.removed + 1] = M.id
  end
end

-- When the next diff of a topic may be taken, or nil.
local function set_due(T, due)
  T.due, T.changed = due, true
  if due then
    if call("ZADD", PLANS, due, T.name) == 1 then
      expire(PLANS)
    end
  elseif T.planned then
    call("ZREM", PLANS, T.name)
  end
  T.planned = due ~= nil
end

local function drop(T)
  if T.spilled then
    call("DEL", T.key, T.dirty_key)
    call("ZREM", SPILLED, T.name)
  end
  blank(T)
  T.dropped, T.changed = true, true
end

-- The token of this life of a topic: of another life of the bucket, another token.
local function epoch(T)
  return T.seed == "" and "" or sub(redis.sha1hex(state.life .. T.seed), 1, 16)
end
