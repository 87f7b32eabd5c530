-- topic, member: in ms since 1970, or 0
local M = known(ARGV[4], ARGV[5])
if M then
  return answer(timed(M).seen)
end
local name = ARGV[4] .. "\255" .. ARGV[5]
local left = tonumber(call("ZSCORE", LEFT, name) or nil)
if left and now < left + SEEN_FOR then
  return answer(tonumber(call("HGET", LEFT_SEEN, name) or 0))
end
return answer(0)
