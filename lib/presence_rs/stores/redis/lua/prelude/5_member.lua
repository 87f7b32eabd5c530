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
  keep(deadline - base)
end
