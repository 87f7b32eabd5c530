-- The members of a topic as text, and how a topic is written back.
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

-- Writes the members of a large topic back.
local function write_changed(T)
  in_chunks(T.removed, function(from, to)
    call("HDEL", T.key, unpack(T.removed, from, to))
  end)
  T.removed = {}
  local rows = {}
  for id, M in pairs(T.members) do
    if type(M) == "table" and M.changed then
      rows[#rows + 1], rows[#rows + 2], M.changed = id, render(M), false
    end
  end
  in_chunks(rows, function(from, to)
    call("HSET", T.key, unpack(rows, from, to))
  end)
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
