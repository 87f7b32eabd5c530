-- How members are written down. Names are UTF-8 and metas JSON, so that the bytes 253 to 255 are in
-- neither: 255 stands between names, 254 between the fields of a member, 253 within one of these.
--
-- A session that has joined more than once may be kept by more processes than one: its ttl ends with an "s".
--
-- A member: joined, seen, sessions told, pending, place, then number, token, ttl and meta of each session.
-- Deadlines of sessions are scores in DUES, where renewals write them without looking at anything else.
local function text(meta)
  return meta == "" and "{}" or meta
end

local function brief(meta)
  return meta == "{}" and "" or meta
end

local function parse(T, id, record)
  local f, n = split(record, "\254")
  local M = { topic = T, id = id, sessions = {}, joined = tonumber(f[1]), told = tonumber(f[3]) or 0 }
  M.seen = f[2] == "" and M.joined or tonumber(f[2])
  if f[4] ~= "" then
    local p = split(f[4], "\253")
    M.pending = { seq = tonumber(p[1]), reason = p[2] }
    if p[3] then
      M.pending.published = { joined = tonumber(p[3]), sessions = tonumber(p[4]), metas = p[5] }
    end
  end
  if f[5] ~= "" then
    local p = split(f[5], "\253")
    M.place = { till = tonumber(p[1]), lingers = tonumber(p[2]), meta = text(p[3]), token = p[4] ~= "" and p[4] or nil }
  end
  for i = 6, n, 4 do
    M.sessions[#M.sessions + 1] = { n = f[i], token = f[i + 1], meta = text(f[i + 3]),
      ttl = tonumber((string.match(f[i + 2], "^%d+"))), shared = sub(f[i + 2], -1) == "s" }
  end
  if M.place and #M.sessions == 0 then
    M.placed = M.place.till
  end
  return M
end

local function render(M)
  local f = { M.joined, M.seen == M.joined and "" or M.seen, M.told, "", "" }
  if M.pending then
    local p, was = M.pending, M.pending.published
    f[4] = p.seq .. "\253" .. p.reason
    if was then
      f[4] = concat({ f[4], was.joined, was.sessions, was.metas }, "\253")
    end
  end
  if M.place then
    f[5] = concat({ M.place.till, M.place.lingers, brief(M.place.meta), M.place.token or "" }, "\253")
  end
  local n = 5
  for _, session in ipairs(M.sessions) do
    f[n + 1], f[n + 2], f[n + 4] = session.n, session.token, brief(session.meta)
    f[n + 3] = session.shared and session.ttl .. "s" or session.ttl
    n = n + 4
  end
  return concat(f, "\254")
end

-- A session in DUES; with no number the place that a member keeps without one.
local function entry(M, n)
  return concat({ M.topic.name, M.id, n }, "\255")
end

-- Reads the deadlines of a member's sessions, once.
local function timed(M)
  if M.timed or #M.sessions == 0 then
    return M
  end
  M.timed = true
  local entries = {}
  for i, session in ipairs(M.sessions) do
    entries[i] = entry(M, session.n)
  end
  local scores = call("ZMSCORE", DUES, unpack(entries))
  for i, session in ipairs(M.sessions) do
    session.deadline = tonumber(scores[i] or 0)
    if not MANUAL and session.deadline > 0 then
      -- Renewals write deadlines only: from these follows when each was last heard.
      M.seen = math.max(M.seen, session.deadline - SLACK - session.ttl + stamp - base)
    end
  end
  return M
end
