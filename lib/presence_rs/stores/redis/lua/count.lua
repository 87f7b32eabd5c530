-- topic: whether all that is over was swept, and how many are online
local done = sweep(BUDGET)
local T = open(ARGV[4])
return answer(done and 1 or 0, T and T.online or 0)
