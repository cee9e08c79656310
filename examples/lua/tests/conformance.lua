-- The cases that every language goes through: see tests/conformance.rs.

local cjson = require "cjson"
local ytx = require "ytx"

local function make_client(case)
  local settings = { account_sid = case.account_sid, auth_token = case.auth_token }
  for name, value in pairs(case.options) do settings[name] = value end
  local client, err = ytx.client(settings)
  if client and case.deadline_ms then client, err = client:with_timeout(case.deadline_ms) end
  if client and case.cancelled then client:cancel() end
  return client, err
end

local methods = { lock_meeting = "lock", unlock_meeting = "unlock", meeting_state = "state" }

local function call(client, case)
  if case.call == "request" then
    return client:request(case.func, case.func_url, case.body_json, case.version)
  end
  return client[methods[case.call]](client, case.appid, case.confid)
end

local function queued(client, case)
  local queue = assert(ytx.queue())
  local ticket, err
  if case.call == "request" then
    ticket, err = queue:request(client, case.func, case.func_url, case.body_json, case.version, case)
  else
    ticket, err = queue[methods[case.call]](queue, client, case.appid, case.confid, case)
  end
  if not ticket then return nil, err end
  if case.cancel then queue:cancel(ticket) end
  local event = queue:take()
  assert(event.type == "done" and event.ticket == ticket and event.tag == case)
  queue:free()
  if event.error then return nil, event.error end
  return event.json
end

local function phones(json, which)
  local found = setmetatable({}, cjson.empty_array_mt)
  for index, member in ipairs(assert(ytx.members(json, which))) do found[index] = member.phone end
  return found
end

local function told(event)
  local json = cjson.decode(event.json)
  return {
    kind = json.event, version = json.version, polls = json.polls, online = json.online,
    joined = phones(event.json, "joined"), left = phones(event.json, "left"),
    muted = phones(event.json, "muted"), unmuted = phones(event.json, "unmuted"),
    members = phones(event.json, "all"), error = event.error and event.error.status or cjson.null,
  }
end

local function watched(client, case, events)
  local queue = assert(ytx.queue())
  local ticket, err = queue:watch(client, case.appid, case.confid, case.interval_ms)
  if not ticket then return nil, err end
  while true do
    local event = queue:take()
    if event.type ~= "room" then return nil, event.error end
    events[#events + 1] = told(event)
    if case.expect.status == 0 and #events == #case.expect.events then return "left" end
  end
end

local function as_expected(found, expected)
  if expected == cjson.null then return found == nil or found == cjson.null end
  if type(expected) ~= "table" then return found == expected end
  if type(found) ~= "table" or #found ~= #expected then return false end
  for name, value in pairs(expected) do
    if not as_expected(found[name], value) then return false end
  end
  return true
end

local function of_failure(seen, err)
  for _, name in ipairs { "status", "name", "retryable" } do seen[name] = err[name] end
  seen.says = err.message
  local parsed, json = pcall(cjson.decode, err.json or "{}")
  if not parsed then return end
  seen.sent, seen.attempts, seen.http_status = json.sent, json.attempts, json.httpStatus
end


local function run(case)
  local events = {}
  local seen = { status = 0, name = "YTX_OK", retryable = false, events = events }
  local client, err = make_client(case)
  local result
  if client then
    local go = case.call == "watch_meeting" and watched or case.queued and queued or call
    result, err = go(client, case, events)
  end
  if result and case.call == "meeting_state" then
    seen.members, err = ytx.members(result)
    for _, member in ipairs(seen.members or {}) do member.meeting_id = member.room end
    result = seen.members
  end
  seen.answer = result
  if not result then of_failure(seen, err) end
  if client then client:close() end
  return seen
end

local function as_said(found, expected)
  return type(found) == "string" and found:find(expected, 1, true) ~= nil
end

local file = assert(io.open(os.getenv("YTX_CONFORMANCE")))
local cases = cjson.decode(file:read("*a"))
file:close()
for _, case in ipairs(cases) do
  local seen = run(case)
  for what, expected in pairs(case.expect) do
    local compare = what == "says" and as_said or as_expected
    -- Of members that cannot be read the library tells only the status.
    local told = not case.typed or what == "status" or what == "name"
    if told and not compare(seen[what], expected) then
      print(case.name .. ": " .. what .. " is not " .. cjson.encode(expected) .. " but "
            .. (pcall(cjson.encode, seen[what]) and cjson.encode(seen[what]) or tostring(seen[what])))
      os.exit(1)
    end
  end
end
print(#cases .. " cases as expected")
