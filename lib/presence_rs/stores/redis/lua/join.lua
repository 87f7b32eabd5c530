-- topic, member, session, meta ("" keeps what a live session has), ttl, and when that began for which it
-- joins ("": now): who was sent away since does not come back
if ARGV[9] ~= "" and sent_away(ARGV[4], ARGV[5]) > tonumber(ARGV[9]) then
  return answer(0)
end
local M, limit = enter(ARGV[4], ARGV[5])
if not M then
  return answer("limit", limit)
end
local ttl = tonumber(ARGV[8])
local came, reached, session = change(M, join, ARGV[6], ARGV[7] ~= "" and ARGV[7] or nil, ttl)
if reached then
  return answer("limit", reached)
end
return answer(came and 1 or 0, session.n, M.joined, stamp)
