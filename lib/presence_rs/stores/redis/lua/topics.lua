-- Whether all that is over was swept, the topics that are known, and those of them without members
if not sweep(BUDGET) then
  return answer(0)
end
local done = answer(1)
done[6], done[7] = call("HKEYS", TOPICS), call("SMEMBERS", HUSHED)
return done
