-- topics …: whether all is done, then epoch, version and count of each
if not sweep(BUDGET) then
  return answer(0)
end
local found = {}
for i = 4, #ARGV do
  local T = open(ARGV[i])
  if not publish_if_due(T) then
    return answer(0)
  end
  T = open(ARGV[i])
  local n = #found
  found[n + 1], found[n + 2], found[n + 3] = T and epoch(T) or "", T and T.version or 0, T and T.published or 0
end
return answer(1, found)
