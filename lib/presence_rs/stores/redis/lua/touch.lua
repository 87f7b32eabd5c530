-- topic, member, session
local M = known(ARGV[4], ARGV[5])
local session = M and session_of(timed(M), ARGV[6])
if not (session and session.deadline > now) then
  return answer(0)
end
M.seen = wall
set_deadline(M, session, base + SLACK + session.ttl)
put(M)
return answer(1)
