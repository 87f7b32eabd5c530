-- Topics: a field of TOPICS each, with the members of small ones in it, so that most rooms cost no key of
-- their own. Larger ones spill into a hash of members and a sorted set of those the next diff tells of.
local opened = {}

local function blank(T)
  T.seed, T.version, T.published, T.sampled = "", 0, 0, 0
  T.window, T.due, T.online, T.seq, T.dirty, T.size = 0, nil, 0, 0, 0, 0
  T.members, T.ids, T.listed, T.spilled, T.changed = {}, {}, {}, false, false
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
    call("HDEL", T.key, M.id)
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

local function spill(T, rows)
  T.spilled = true
  for i = 1, #rows, 2 do
    call("HSET", T.key, rows[i], rows[i + 1])
    local M = get(T, rows[i])
    if M.pending then
      call("ZADD", T.dirty_key, M.pending.seq, M.id)
    end
  end
  expire(T.key)
  expire(T.dirty_key)
  call("ZADD", SPILLED, state.till, T.name)
  expire(SPILLED)
end

-- All members of a small topic as a flat list, and how many bytes they have.
local function rows_of(T)
  local rows, bytes = {}, 0
  for _, id in ipairs(T.ids) do
    local M = T.members[id]
    if M then
      local record = type(M) == "string" and M or render(M)
      rows[#rows + 1], rows[#rows + 2] = id, record
      bytes = bytes + #record
    end
  end
  return rows, bytes
end

local function write_changed(T)
  for id, M in pairs(T.members) do
    if type(M) == "table" and M.changed then
      call("HSET", T.key, id, render(M))
    end
  end
end

-- All members of a topic as a flat list of ids and records, as they are now.
local function all_rows(T)
  if not T.spilled then
    return (rows_of(T))
  end
  write_changed(T)
  return call("HGETALL", T.key)
end

-- Topics without members are known by name, so that a list of topics need not look into each.
local function store_hushed(T)
  local hushed = not T.dropped and T.online == 0
  if hushed ~= (T.hushed or false) then
    if call(hushed and "SADD" or "SREM", HUSHED, T.name) == 1 and hushed then
      expire(HUSHED)
    end
  end
end

-- Writes a topic back.
local function store(T)
  store_hushed(T)
  if T.dropped then
    if T.stored then
      call("HDEL", TOPICS, T.name)
    end
    return
  end
  local rows, bytes = {}, 0
  if T.spilled then
    write_changed(T)
    if T.emptied then
      expire(T.key) -- which is a new one
    end
  else
    rows, bytes = rows_of(T)
    if #rows > 2 * INLINE_MEMBERS or bytes > INLINE_BYTES then
      spill(T, rows)
      rows = {}
    end
  end
  local header = concat({ T.seed, T.version, T.published, T.sampled, T.window > now and T.window or 0, T.due or 0,
    T.online, T.seq, T.dirty, T.spilled and 1 or 0 }, ",")
  if #rows > 0 then
    header = header .. "\255" .. concat(rows, "\255")
  end
  call("HSET", TOPICS, T.name, header)
end
