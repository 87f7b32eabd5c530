-- topic: whether all that is over was swept, and a flat list of ids and records
if not sweep(BUDGET) then
  return answer(0)
end
local T = open(ARGV[4])
return answer(1, T and all_rows(T) or {})
