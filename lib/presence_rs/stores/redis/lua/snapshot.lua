-- topic, whether a sample will do, the epoch and version that the caller has: whether all is done, epoch,
-- version, count, whether it is a sample, and a flat list of ids and records (or nothing: the caller has it)
if not sweep(BUDGET) then
  return answer(0)
end
local T = open(ARGV[4])
if not publish_if_due(T) then
  return answer(0)
end
T = open(ARGV[4])
if not T then
  return answer(1, "", 0, 0, 0, ARGV[6] == "" and ARGV[7] == "0" and "same" or {})
end
local mine = epoch(T)
if ARGV[6] == mine and tonumber(ARGV[7]) == T.version then
  return answer(1, mine, T.version, T.published, T.sampled, "same")
end
local sample = ARGV[5] == "1" and T.sampled == 1
local rows
if sample and T.spilled then
  write_changed(T)
  rows = call("HRANDFIELD", T.key, 3 * SAMPLE, "WITHVALUES")
else
  rows = all_rows(T)
end
return answer(1, mine, T.version, T.published, sample and 1 or 0, rows)
