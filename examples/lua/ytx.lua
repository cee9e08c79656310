-- Rooms of YTX for LuaJIT, by its FFI: see README.md. One file, which needs nothing but libytx.
--
-- What can fail returns nil and an error, a table that prints as text: status, name and text are the
-- library's, message is what was said this time, retryable says whether to try again, and json is
-- the whole answer. Only arguments of the wrong type raise.

local ffi = require "ffi"

ffi.cdef [[
typedef int32_t ytx_status;
typedef uint64_t ytx_ticket;
typedef struct ytx_client ytx_client;
typedef struct ytx_queue ytx_queue;
typedef struct ytx_members ytx_members;
typedef struct ytx_options {
  size_t struct_size;
  const char *base_url;
  uint32_t connect_timeout_ms;
  uint32_t timeout_ms;
  uint32_t max_retries;
  uint32_t max_idle_connections;
  uint32_t idle_timeout_ms;
  uint32_t max_response_bytes;
  uint32_t log_level;
  uint32_t reserved;
  const char *proxy;
  const char *ca_file;
  const char *user_agent;
  void (*log)(int32_t level, const char *message, void *user_data);
  void *log_user_data;
  const char *source_address;
} ytx_options;
typedef struct ytx_queue_options {
  size_t struct_size;
  uint32_t max_pending;
  uint32_t max_in_flight;
  uint32_t max_watches;
  uint32_t reserved;
} ytx_queue_options;
typedef struct ytx_event {
  size_t struct_size;
  char *json;
  ytx_ticket ticket;
  uint64_t tag;
  int32_t type;
  ytx_status status;
} ytx_event;
const char *ytx_version(void);
const char *ytx_status_name(ytx_status status);
const char *ytx_status_text(ytx_status status);
int32_t ytx_status_is_retryable(ytx_status status);
ytx_client *ytx_client_new(const char *account_sid, const char *auth_token,
                           const ytx_options *options, ytx_status *status);
ytx_client *ytx_client_with_timeout(const ytx_client *client, uint32_t timeout_ms,
                                    ytx_status *status);
ytx_status ytx_client_cancel(const ytx_client *client);
void ytx_client_free(ytx_client *client);
char *ytx_client_stats(const ytx_client *client, ytx_status *status);
char *ytx_lock_meeting(const ytx_client *client, const char *appid, const char *confid,
                       int32_t lackstate, ytx_status *status);
char *ytx_meeting_state(const ytx_client *client, const char *appid, const char *confid,
                        ytx_status *status);
char *ytx_request(const ytx_client *client, const char *version, const char *func,
                  const char *func_url, const char *body_json, ytx_status *status);
void ytx_string_free(char *string);
ytx_queue *ytx_queue_new(const ytx_queue_options *options, ytx_status *status);
intptr_t ytx_queue_fd(const ytx_queue *queue);
int32_t ytx_queue_take(ytx_queue *queue, ytx_event *event, int32_t timeout_ms);
ytx_status ytx_queue_cancel(ytx_queue *queue, ytx_ticket ticket);
ytx_status ytx_queue_close(ytx_queue *queue);
ytx_status ytx_queue_drain(ytx_queue *queue);
void ytx_queue_free(ytx_queue *queue);
char *ytx_queue_stats(const ytx_queue *queue, ytx_status *status);
ytx_ticket ytx_lock_meeting_async(const ytx_client *client, ytx_queue *queue, const char *appid,
                                  const char *confid, int32_t lackstate, uint64_t tag,
                                  ytx_status *status);
ytx_ticket ytx_meeting_state_async(const ytx_client *client, ytx_queue *queue, const char *appid,
                                   const char *confid, uint64_t tag, ytx_status *status);
ytx_ticket ytx_request_async(const ytx_client *client, ytx_queue *queue, const char *version,
                             const char *func, const char *func_url, const char *body_json,
                             uint64_t tag, ytx_status *status);
ytx_ticket ytx_watch_meeting(const ytx_client *client, ytx_queue *queue, const char *appid,
                             const char *confid, uint32_t interval_ms, uint64_t tag,
                             ytx_status *status);
ytx_members *ytx_members_read(const char *json, int32_t which, ytx_status *status);
size_t ytx_members_count(const ytx_members *members);
const char *ytx_members_phone(const ytx_members *members, size_t index);
const char *ytx_members_meid(const ytx_members *members, size_t index);
const char *ytx_members_statusname(const ytx_members *members, size_t index);
const char *ytx_members_ifmutename(const ytx_members *members, size_t index);
int32_t ytx_members_online(const ytx_members *members, size_t index);
int32_t ytx_members_muted(const ytx_members *members, size_t index);
void ytx_members_free(ytx_members *members);
]]

-- Another place than the loader's is named by YTX_LIBRARY.
local function load_library()
  local named = os.getenv("YTX_LIBRARY")
  if named then return ffi.load(named) end
  local found, library = pcall(ffi.load, "libytx.so.0")
  return found and library or ffi.load("ytx")
end

local C = load_library()
local ytx = {}
local OK, LOCK, UNLOCK = 0, 1, 0

local Error = {}
Error.__index = Error

function Error:__tostring()
  return self.name .. " (" .. self.status .. "): " .. self.message
end

local escapes = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }

-- What the library or the platform has written as a text. \uXXXX stays as it is.
local function message_of(json)
  local from = select(2, json:find('"statusMsg"%s*:%s*"'))
  local to = from
  while to do
    local at, _, sign = json:find('(["\\])', to + 1)
    if sign == '"' then
      return (json:sub(from + 1, at - 1):gsub("\\([^u])", function(c) return escapes[c] or c end))
    end
    to = at and at + 1
  end
end

local function failure(status, json, reason)
  local name = ffi.string(C.ytx_status_name(status))
  local retryable = C.ytx_status_is_retryable(status) == 1
  if json and json:find('"error":"' .. name .. '"', 1, true) then -- the library's own report
    retryable = json:match('"retryable":(%a+)') == "true"
  end
  return setmetatable({
    status = status,
    name = name,
    text = ffi.string(C.ytx_status_text(status)),
    message = reason or json and message_of(json) or ffi.string(C.ytx_status_text(status)),
    retryable = retryable,
    json = json,
  }, Error)
end

-- A string that C sees whole, or nil: what is missing is the library's to refuse.
local function text(value, name)
  if value == nil then return nil end
  if type(value) ~= "string" or value:find("\0", 1, true) then
    error(name .. " is no string without zero bytes", 3)
  end
  return value
end

local function take_string(pointer)
  if pointer == nil then return nil end
  local copy = ffi.string(pointer)
  C.ytx_string_free(pointer)
  return copy
end

local status_out = ffi.typeof("ytx_status[1]")

-- The answer of a call that blocks.
local function outcome(pointer, status)
  local json = take_string(pointer)
  if status[0] == OK then return json end
  return nil, failure(status[0], json)
end

local texts = { "base_url", "proxy", "ca_file", "user_agent", "source_address" }
local numbers = {
  "connect_timeout_ms", "timeout_ms", "max_retries", "max_idle_connections", "idle_timeout_ms",
  "max_response_bytes",
}

local function options_of(settings)
  local options = ffi.new("ytx_options")
  options.struct_size = ffi.sizeof("ytx_options")
  for _, name in ipairs(texts) do options[name] = text(settings[name], name) end
  for _, name in ipairs(numbers) do options[name] = settings[name] or 0 end
  return options
end

-- Why no client was made is told to a log alone. Lua is no log of a client's, for the library may
-- not call it from compiled code: so what has failed is tried again, with a log for this moment.
local function reason_of(sid, token, options)
  local reason
  local log = ffi.cast("void (*)(int32_t, const char *, void *)", function(_, message)
    reason = ffi.string(message)
  end)
  options.log = log
  C.ytx_client_free(C.ytx_client_new(sid, token, options, nil))
  log:free()
  return reason
end
jit.off(reason_of, true)

local Client = {}
Client.__index = Client

-- settings: account_sid, auth_token, and any of ytx_options.
function ytx.client(settings)
  local sid = text(settings.account_sid, "account_sid")
  local token = text(settings.auth_token, "auth_token")
  local options, status = options_of(settings), status_out()
  local handle = C.ytx_client_new(sid, token, options, status)
  if handle == nil then return nil, failure(status[0], nil, reason_of(sid, token, options)) end
  return setmetatable({ handle = ffi.gc(handle, C.ytx_client_free) }, Client)
end

-- The same client with another deadline.
function Client:with_timeout(timeout_ms)
  local status = status_out()
  local handle = C.ytx_client_with_timeout(self.handle, timeout_ms, status)
  if handle == nil then return nil, failure(status[0]) end
  return setmetatable({ handle = ffi.gc(handle, C.ytx_client_free) }, Client)
end

-- Calls under way on other threads end; those to come are refused.
function Client:cancel()
  C.ytx_client_cancel(self.handle)
end

-- At once, where waiting for the collector is not wanted.
local function release(object, free)
  if object.handle ~= nil then free(ffi.gc(object.handle, nil)) end
  object.handle = nil
end

function Client:close()
  release(self, C.ytx_client_free)
end

function Client:lock(appid, room)
  local status = status_out()
  return outcome(C.ytx_lock_meeting(self.handle, text(appid, "appid"), text(room, "room"), LOCK,
                                    status), status)
end

function Client:unlock(appid, room)
  local status = status_out()
  return outcome(C.ytx_lock_meeting(self.handle, text(appid, "appid"), text(room, "room"), UNLOCK,
                                    status), status)
end

-- The JSON, for ytx.members().
function Client:state(appid, room)
  local status = status_out()
  return outcome(C.ytx_meeting_state(self.handle, text(appid, "appid"), text(room, "room"), status),
                 status)
end

function Client:request(func, func_url, body_json, version)
  local status = status_out()
  return outcome(C.ytx_request(self.handle, text(version, "version"), text(func, "func"),
                               text(func_url, "func_url"), text(body_json, "body_json"), status),
                 status)
end

-- The figures, as JSON.
function Client:stats()
  local status = status_out()
  return outcome(C.ytx_client_stats(self.handle, status), status)
end

local lists = { all = 0, joined = 1, left = 2, muted = 3, unmuted = 4 }

local function yes_or_no(number)
  if number >= 0 then return number == 1 end
end

-- The members in the JSON of a state, or of a room's event; there which may also be "joined",
-- "left", "muted" or "unmuted". online and muted are nil where the platform's word is unknown.
function ytx.members(json, which)
  local number = lists[which or "all"] or error("which is none of the lists", 2)
  local status, found = status_out(), {}
  local members = C.ytx_members_read(text(json, "json"), number, status)
  if members == nil then return nil, failure(status[0]) end
  for index = 0, tonumber(C.ytx_members_count(members)) - 1 do
    found[index + 1] = {
      phone = ffi.string(C.ytx_members_phone(members, index)),
      room = ffi.string(C.ytx_members_meid(members, index)),
      presence = ffi.string(C.ytx_members_statusname(members, index)),
      mute = ffi.string(C.ytx_members_ifmutename(members, index)),
      online = yes_or_no(C.ytx_members_online(members, index)),
      muted = yes_or_no(C.ytx_members_muted(members, index)),
    }
  end
  C.ytx_members_free(members)
  return found
end

local Queue = {}
Queue.__index = Queue

-- limits: any of max_pending, max_in_flight, max_watches.
function ytx.queue(limits)
  limits = limits or {}
  local options, status = ffi.new("ytx_queue_options"), status_out()
  options.struct_size = ffi.sizeof("ytx_queue_options")
  for _, name in ipairs { "max_pending", "max_in_flight", "max_watches" } do
    options[name] = limits[name] or 0
  end
  local handle = C.ytx_queue_new(options, status)
  if handle == nil then return nil, failure(status[0]) end
  local event = ffi.new("ytx_event")
  event.struct_size = ffi.sizeof("ytx_event")
  handle = ffi.gc(handle, C.ytx_queue_free)
  return setmetatable({ handle = handle, event = event, tags = {}, last = 0 }, Queue)
end

-- The library has a number; what the caller wants back is kept here until the last event.
local function submit(queue, tag, call)
  local status = status_out()
  queue.last = queue.last + 1
  queue.tags[queue.last] = tag
  local ticket = call(queue.last, status)
  if ticket ~= 0 then return ticket end
  queue.tags[queue.last] = nil
  return nil, failure(status[0])
end

local function submit_lock(queue, client, appid, room, state, tag)
  appid, room = text(appid, "appid"), text(room, "room")
  return submit(queue, tag, function(number, status)
    return C.ytx_lock_meeting_async(client.handle, queue.handle, appid, room, state, number, status)
  end)
end

-- Each returns a ticket at once; the event brings the tag, which may be any value.
function Queue:lock(client, appid, room, tag)
  return submit_lock(self, client, appid, room, LOCK, tag)
end

function Queue:unlock(client, appid, room, tag)
  return submit_lock(self, client, appid, room, UNLOCK, tag)
end

function Queue:state(client, appid, room, tag)
  appid, room = text(appid, "appid"), text(room, "room")
  return submit(self, tag, function(number, status)
    return C.ytx_meeting_state_async(client.handle, self.handle, appid, room, number, status)
  end)
end

function Queue:request(client, func, func_url, body_json, version, tag)
  func, func_url = text(func, "func"), text(func_url, "func_url")
  body_json, version = text(body_json, "body_json"), text(version, "version")
  return submit(self, tag, function(number, status)
    return C.ytx_request_async(client.handle, self.handle, version, func, func_url, body_json,
                               number, status)
  end)
end

-- interval_ms nil or 0: the library's default.
function Queue:watch(client, appid, room, interval_ms, tag)
  appid, room = text(appid, "appid"), text(room, "room")
  return submit(self, tag, function(number, status)
    return C.ytx_watch_meeting(client.handle, self.handle, appid, room, interval_ms or 0, number,
                               status)
  end)
end

-- The descriptor to wait for in a loop: readable while there is an event.
function Queue:fd()
  return tonumber(C.ytx_queue_fd(self.handle))
end

local types = { "done", "room", "ended", "closed" }

-- The next event, or nil when none comes in time: 0 does not wait, and without a time it waits for
-- ever, with the whole Lua state. An event has type ("done", "room", "ended" or "closed"), ticket,
-- tag, json, and error where its status is not YTX_OK.
function Queue:take(timeout_ms)
  local event = self.event
  if C.ytx_queue_take(self.handle, event, timeout_ms or -1) ~= 1 then return nil end
  local number, status = tonumber(event.tag), event.status
  local taken = {
    type = types[event.type],
    ticket = event.ticket,
    tag = self.tags[number],
    json = take_string(event.json),
  }
  if status ~= OK then taken.error = failure(status, taken.json) end
  if taken.type ~= "room" then self.tags[number] = nil end
  return taken
end

function Queue:cancel(ticket)
  C.ytx_queue_cancel(self.handle, ticket)
end

-- Every call under way is cancelled. The last event is "closed".
function Queue:close()
  C.ytx_queue_close(self.handle)
end

-- The same, but what was accepted comes to its own end.
function Queue:drain()
  C.ytx_queue_drain(self.handle)
end

-- At once, where waiting for the collector is not wanted. No event comes any more.
function Queue:free()
  release(self, C.ytx_queue_free)
end

-- The figures, as JSON.
function Queue:stats()
  local status = status_out()
  return outcome(C.ytx_queue_stats(self.handle, status), status)
end

ytx.version = ffi.string(C.ytx_version())

return ytx
