-- topic, member, ttl, slack, navigation
local M, limit = enter(ARGV[4], ARGV[5])
if not M then
  return answer("limit", limit)
end
local came = change(M, visit, tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8] == "1")
return answer(came and 1 or 0)
