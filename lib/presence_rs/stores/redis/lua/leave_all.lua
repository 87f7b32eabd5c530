-- member, the topic or "" for all, for how long that is remembered, topics of this bucket …
local id, gone_from = ARGV[4], 0
for i = 7, #ARGV do
  local M = known(ARGV[i], id)
  if M then
    local left = change(M, function()
      prune(M)
      if gone(M) then
        return false
      end
      mark(M)
      depart(M, "l")
      return true
    end)
    gone_from = gone_from + (left and 1 or 0)
  end
end
-- Processes that keep sessions of theirs are told, and cannot bring them back.
local name = ARGV[5] .. "\255" .. id
call("ZADD", REVOKED, stamp, name)
call("ZREMRANGEBYSCORE", REVOKED, "-inf", stamp - ARGV[6])
call("PEXPIRE", REVOKED, ARGV[6])
call("PUBLISH", CONTROL, "revoke\255" .. name)
return answer(gone_from)
