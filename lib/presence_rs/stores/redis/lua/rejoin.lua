-- Sessions that the caller keeps and the bucket does not know any more: for each topic, member, session,
-- meta, ttl, ms left to live, joined_at, and when it joined by this server's clock. Answers a number for
-- each, "" where its member was sent away since, or the limit that was reached.
local function rejoin(M, token, meta, ttl, left, joined)
  prune(M)
  local session = session_of(M, token)
  if session then
    -- Somebody else has kept it, with what it shows now.
    set_deadline(M, session, math.max(session.deadline, base + SLACK + left))
    return false, nil, session
  end
  local came, reached
  came, reached, session = join(M, token, meta, ttl, left)
  if came and not M.pending.published then
    M.joined = joined
  end
  return came, reached, session
end

local found = {}
for i = 4, #ARGV, 8 do
  local topic, id, number = ARGV[i], ARGV[i + 1], nil
  local since = tonumber(ARGV[i + 7])
  if sent_away(topic, id) > since then
    number = ""
  else
    local M, limit = enter(topic, id)
    local session
    if M then
      local _
      _, limit, session = change(M, rejoin, ARGV[i + 2], ARGV[i + 3], tonumber(ARGV[i + 4]),
        tonumber(ARGV[i + 5]), tonumber(ARGV[i + 6]))
    end
    number = limit and "limit " .. limit or session.n
  end
  found[#found + 1] = number
end
return answer(found)
