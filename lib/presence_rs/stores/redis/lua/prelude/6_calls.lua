-- What callers do to a member. Each answers what the caller is told.

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
  local deadline = base + SLACK + (left or ttl)
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
      place_after(M, session, math.min(base + SLACK + linger, session.deadline))
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
  local till, came = base + SLACK + ttl, gone(M)
  if came then
    mark(M)
  end
  if not M.place then
    M.place = { till = till, lingers = 0, meta = "{}" }
  elseif M.place.till <= now or M.place.till + slack <= till then
    M.place.till = till
  end
  keep(ttl)
  arrive(M, came)
  return came
end
