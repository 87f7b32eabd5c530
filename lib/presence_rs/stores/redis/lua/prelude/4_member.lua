-- A member as a state machine: what joins, goodbyes and time do to one. Before the first change that
-- others can see since the last diff, what they were told is put aside, so that the next diff is net.
local function gone(M)
  return #M.sessions == 0 and not M.place
end

-- The metas of all sessions in the order of joins, or else the one that the place has kept.
local function metas(M)
  if #M.sessions == 0 then
    return "[" .. (M.place and M.place.meta or "") .. "]"
  end
  local list = {}
  for i, session in ipairs(M.sessions) do
    list[i] = session.meta
  end
  return "[" .. concat(list, ",") .. "]"
end

local function mark(M)
  if M.pending then
    return
  end
  M.pending = { seq = 0, reason = "l" }
  if not gone(M) then
    M.pending.published = { joined = M.joined, sessions = M.told, metas = metas(M) }
  end
end

local function forget_session(M, session)
  if not state.sweeping then -- a sweep takes what is over out in one go
    call("ZREM", DUES, entry(M, session.n))
  end
end

local function depart(M, reason)
  for _, session in ipairs(M.sessions) do
    forget_session(M, session)
  end
  M.sessions, M.place = {}, nil
  M.pending.reason = reason
end

local function place_after(M, session, lingers)
  local waiting = M.place and M.place.till or 0
  M.place = { till = math.max(lingers, waiting), lingers = lingers, token = session.token, meta = session.meta }
end

-- Forgets what is over by now.
local function prune(M)
  if #M.sessions == 0 then
    if M.place and M.place.till <= now then
      mark(M)
      depart(M, "l")
    end
    return
  end
  timed(M)
  local longest, all = 0, true
  for _, session in ipairs(M.sessions) do
    longest = math.max(longest, session.deadline)
    all = all and session.deadline > now
  end
  if all then
    return
  end
  mark(M)
  local live, last = {}, nil
  for _, session in ipairs(M.sessions) do
    if session.deadline == longest then
      last = session
    end
    if session.deadline > now then
      live[#live + 1] = session
    else
      forget_session(M, session)
    end
  end
  M.sessions = live
  if #live > 0 then
    return
  end
  -- Going on to a page without a socket is no leave: the request's place takes over.
  if M.place and M.place.till > last.deadline then
    place_after(M, last, 0)
    if M.place.till <= now then
      depart(M, "l")
    end
  else
    depart(M, "e")
  end
end

local function online(M)
  if M.place and M.place.till > now then
    return true
  end
  for _, session in ipairs(timed(M).sessions) do
    if session.deadline > now then
      return true
    end
  end
  return false
end

local function session_of(M, token)
  for i, session in ipairs(M.sessions) do
    if session.token == token then
      return session, i
    end
  end
end

local function set_deadline(M, session, deadline)
  session.deadline = deadline
  call("ZADD", DUES, deadline, entry(M, session.n))
  keep(deadline - now)
end

-- Would these metas be too many bytes? `old` is replaced by `new`.
local function too_many_bytes(M, old, new)
  local held = 0
  for _, session in ipairs(M.sessions) do
    held = held + #session.meta
  end
  return held - #old + #new > MAX_MEMBER_BYTES and "max_member_bytes"
end

local function replace_meta(M, session, meta)
  if session.meta == meta then
    return
  end
  local limit = too_many_bytes(M, session.meta, meta)
  if limit then
    return limit
  end
  mark(M)
  session.meta = meta
end

local function arrive(M, came)
  M.seen = wall
  if came then
    -- Who left and came back before anybody was told has never been away.
    local told = M.pending and M.pending.published
    M.joined = told and told.joined or wall
  end
end

-- Joins, or refreshes a live session; `meta` of nil keeps what a live one has, `left` is for how many ms
-- it is live. Answers whether this brought them online, or the limit that was reached.
local function join(M, token, meta, ttl, left)
  prune(M)
  local deadline = now + SLACK + (left or ttl)
  local session = session_of(M, token)
  if session then
    local limit = meta and replace_meta(M, session, meta)
    if limit then
      return nil, limit
    end
    session.ttl, session.shared = ttl, true
    M.seen = wall
    set_deadline(M, session, deadline)
    return false, nil, session
  end
  if #M.sessions >= MAX_SESSIONS then
    return nil, "max_sessions_per_member"
  end
  meta = meta or "{}"
  local limit = too_many_bytes(M, "", meta)
  if limit then
    return nil, limit
  end
  local came = gone(M)
  mark(M)
  M.place = nil
  session = { n = fresh(), token = token, ttl = ttl, meta = meta }
  M.sessions[#M.sessions + 1] = session
  M.timed = true
  set_deadline(M, session, deadline)
  arrive(M, came)
  return came, nil, session
end

-- Ends one session; with `linger` the last one leaves a place behind for so long, but no longer than it
-- had to live. Answers whether this took them offline.
local function leave(M, token, linger)
  prune(M)
  local session, at = session_of(M, token)
  if session then
    mark(M)
    table.remove(M.sessions, at)
    forget_session(M, session)
    if #M.sessions > 0 then
      return false
    end
    if linger > 0 then
      place_after(M, session, math.min(now + SLACK + linger, session.deadline))
      return false
    end
  elseif linger == 0 and M.place and M.place.token == token then
    mark(M)
  else
    return false
  end
  depart(M, "l")
  return true
end

-- A page request keeps a place for them, as for one who lingers; it is not put off where less than `slack`
-- ms would be lost. Answers whether this brought them online.
local function visit(M, ttl, slack, navigation)
  prune(M)
  local lingers = M.place and M.place.lingers > now
  if not navigation and (lingers or #M.sessions > 0) then
    return false
  end
  local till, came = now + SLACK + ttl, gone(M)
  if came then
    mark(M)
  end
  if not M.place then
    M.place = { till = till, lingers = 0, meta = "{}" }
  elseif M.place.till <= now or M.place.till + slack < till then
    M.place.till = till
  end
  keep(ttl)
  arrive(M, came)
  return came
end
