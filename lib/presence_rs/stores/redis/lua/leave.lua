-- topic, member, session, linger, whether the caller does not keep this session ("1"), but another process
local M = known(ARGV[4], ARGV[5])
if not M then
  return answer(0)
end
local session = session_of(M, ARGV[6])
if session and (ARGV[8] == "1" or session.shared) then
  call("PUBLISH", CONTROL, concat({ "left", ARGV[4], ARGV[5], ARGV[6], session.n }, "\255"))
end
return answer(change(M, leave, ARGV[6], tonumber(ARGV[7])) and 1 or 0)
