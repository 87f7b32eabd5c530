-- What a change does to its topic's books, and the taking of diffs.
local function plan(T)
  local due = math.max(T.window, now)
  if not T.due or due < T.due then
    set_due(T, due)
  end
  PLANNED = math.min(PLANNED or T.due, T.due)
end

-- An empty topic is kept until its window has passed, so that coming and going in a hurry makes no more
-- diffs than anything else.
local function close_if_empty(T)
  if T.size > 0 then
    return
  elseif T.window > now then
    plan(T)
  else
    set_due(T, nil)
    drop(T)
  end
end

local function remember(T, M)
  if M.seen and SEEN_LIMIT > 0 then
    local n = #DEPARTED
    DEPARTED[n + 1], DEPARTED[n + 2] = T.name .. "\255" .. M.id, M.seen
  end
end

-- Takes a member out of everything, and leaves their topic, if only for its diff.
local function detach(T, M)
  if M.kept or T.members[M.id] == M then
    take_out(M)
    remember(T, M)
  end
  if M.dirty then
    T.dirty = T.dirty - 1
    if T.spilled then
      call("ZREM", T.dirty_key, M.id)
    end
  end
end

-- Changes a member; answers what `act` does.
local function change(M, act, ...)
  local T = M.topic
  M.dirty = M.pending ~= nil
  local was_gone = gone(M)
  local a, b, c = act(M, ...)
  local is_gone = gone(M)
  if was_gone ~= is_gone then
    T.online = T.online + (was_gone and 1 or -1)
    if T.online == (was_gone and 1 or 0) then
      state.active = state.active + (was_gone and 1 or -1)
    end
    T.changed = true
  end
  local placed = #M.sessions == 0 and M.place and M.place.till or nil
  if placed ~= M.placed then
    if placed then
      call("ZADD", DUES, placed, entry(M, ""))
      keep(placed - base)
    else
      call("ZREM", DUES, entry(M, ""))
    end
    M.placed = placed
  end
  if is_gone and not (M.pending and M.pending.published) then
    -- Came and went before anybody was told: as if they had never been here.
    detach(T, M)
    close_if_empty(T)
    return a, b, c
  end
  if M.pending and not M.dirty then
    T.seq, T.dirty = T.seq + 1, T.dirty + 1
    M.pending.seq = T.seq
    if T.spilled then
      call("ZADD", T.dirty_key, T.seq, M.id)
      if T.dirty == 1 then
        expire(T.dirty_key)
      end
    end
    plan(T)
  elseif M.pending and T.due then
    PLANNED = math.min(PLANNED or T.due, T.due)
  end
  put(M)
  return a, b, c
end

local function published(M)
  if not gone(M) then
    return { joined = M.joined, sessions = #M.sessions, metas = metas(M) }
  end
end

-- The members that the next diff tells of, in the order in which they changed.
local function take_dirty(T)
  local batch = {}
  if T.spilled then
    local ids = call("ZRANGE", T.dirty_key, 0, MAX_ENTRIES - 1)
    in_chunks(ids, function(from, to)
      local rows = call("HMGET", T.key, unpack(ids, from, to))
      for i = from, to do
        if T.members[ids[i]] == nil then
          T.members[ids[i]] = rows[i - from + 1]
        end
        batch[#batch + 1] = get(T, ids[i])
      end
    end)
    call("ZREMRANGEBYRANK", T.dirty_key, 0, #ids - 1)
    T.dirty = #ids == MAX_ENTRIES and math.max(0, T.dirty - #ids) or 0
    return batch
  end
  for _, id in ipairs(T.ids) do
    local M = T.members[id]
    -- Most are as they were: one look at their text tells.
    if type(M) == "string" and not find(M, "^[^\254]*\254[^\254]*\254[^\254]*\254\254") then
      M = get(T, id)
    end
    if type(M) == "table" and M.pending then
      batch[#batch + 1] = M
    end
  end
  table.sort(batch, function(a, b) return a.pending.seq < b.pending.seq end)
  T.dirty = 0
  return batch
end

-- Takes the diff of a topic: what changed, the version and the new state in one step.
local function publish(T)
  T.due, T.changed = nil, true -- and out of PLANS below, if it is not planned anew
  local body, n, entries = {}, 7, 0
  for _, M in ipairs(take_dirty(T)) do
    local pending, is = M.pending, published(M)
    local was, kind = pending.published, nil
    M.pending, M.dirty, M.changed = nil, false, true
    if was and not is then
      kind, is = pending.reason, was
      T.published = T.published - 1
    elseif is and not was then
      kind = "j"
      T.published = T.published + 1
    elseif is and is.metas ~= was.metas then
      kind = "u"
    end
    if kind then
      entries = entries + 1
      body[n + 1], body[n + 2], body[n + 3], body[n + 4], body[n + 5] = kind, M.id, is.joined, is.sessions, is.metas
      n = n + 5
      M.told = #M.sessions
    end
    if gone(M) then
      detach(T, M)
    end
  end
  if entries > 0 then
    local from = T.version
    if T.seed == "" then
      T.seed = fresh()
    end
    T.version = T.version + 1
    -- Back to a list only below 80 %, so that a topic at the limit does not flap.
    local large = T.published > LIST_LIMIT or (T.sampled == 1 and T.published * 5 >= LIST_LIMIT * 4)
    T.sampled = large and 1 or 0
    body[1], body[2], body[3], body[4] = T.name, epoch(T), from, T.version
    body[5], body[6], body[7] = T.published, T.sampled, wall
    local diff = concat(body, "\255")
    call("PUBLISH", FEED .. T.name, diff)
    OUT[#OUT + 1] = diff
    if T.published == 0 then
      T.seed, T.version = "", 0
    end
    local window = COALESCE * (20 + (entries < 5 and 0 or entries)) / 20
    T.window = now + math.max(math.min(window, math.max(MAX_COALESCE, COALESCE)), COALESCE)
  end
  if T.dirty > 0 then
    plan(T)
  end
  close_if_empty(T)
  if not T.due then
    set_due(T, nil)
  end
end

-- Takes one diff of a topic where its window allows; answers whether there is no other to take now.
local function publish_if_due(T)
  local function due()
    return T and not T.dropped and T.dirty > 0 and T.window <= now
  end
  if due() then
    publish(T)
  end
  return not due()
end
