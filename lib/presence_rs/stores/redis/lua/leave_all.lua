-- member, the topic or "" for all, for how many ms that is remembered (0: it is already), the process, and
-- topics of this bucket
local id, gone_from = ARGV[4], 0
if ARGV[6] ~= "0" then
  -- Processes that keep sessions of theirs are told, and cannot bring them back.
  local name = ARGV[5] .. "\255" .. id
  call("ZADD", REVOKED, stamp, name)
  call("ZREMRANGEBYSCORE", REVOKED, "-inf", stamp - ARGV[6])
  call("PEXPIRE", REVOKED, ARGV[6])
  call("PUBLISH", CONTROL, concat({ "revoke", name, stamp, ARGV[7] }, "\255"))
end
for i = 8, #ARGV do
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
return answer(gone_from, stamp)
