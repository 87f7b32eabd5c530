-- topic, members …: 1 or 0 for each
local T, found = open(ARGV[4]), {}
for i = 5, #ARGV do
  local M = T and get(T, ARGV[i])
  found[i - 4] = M and online(M) and 1 or 0
end
return answer(found)
