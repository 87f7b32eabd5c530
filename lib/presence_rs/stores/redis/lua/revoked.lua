-- Since when ("+inf": nobody is asked for): the time, and who was sent away after that, with when
local since = ARGV[4] == "+inf" and "+inf" or "(" .. ARGV[4]
return answer(stamp, call("ZRANGEBYSCORE", REVOKED, since, "+inf", "WITHSCORES"))
