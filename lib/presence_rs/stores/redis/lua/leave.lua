-- topic, member, session, linger, whether a process that keeps this session is to be told ("1")
local M = known(ARGV[4], ARGV[5])
if not M then
  return answer(0)
end
if ARGV[8] == "1" and session_of(M, ARGV[6]) then
  call("PUBLISH", CONTROL, concat({ "left", ARGV[4], ARGV[5], ARGV[6] }, "\255"))
end
return answer(change(M, leave, ARGV[6], tonumber(ARGV[7])) and 1 or 0)
