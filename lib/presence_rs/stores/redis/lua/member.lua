-- topic, member: joined, metas, sessions; or nothing
local M = known(ARGV[4], ARGV[5])
if M and not online(M) then
  change(M, prune)
  M = nil
end
if not M then
  return answer(0)
end
timed(M)
for _, session in ipairs(M.sessions) do
  if session.deadline <= now then
    change(M, prune)
    break
  end
end
return answer(1, M.joined, metas(M), #M.sessions)
