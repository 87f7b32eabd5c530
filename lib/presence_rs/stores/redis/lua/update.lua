-- topic, member, session, meta
local M = known(ARGV[4], ARGV[5])
if not M then
  return answer(0)
end
local done, reached = change(M, function()
  prune(M)
  local session = session_of(M, ARGV[6])
  if not session then
    return 0
  end
  return 1, replace_meta(M, session, ARGV[7])
end)
if reached then
  return answer("limit", reached)
end
return answer(done)
