-- What ytx.lua adds to the library: errors, memory, tags, and a queue in a loop of the host's. The
-- argument is the server of tests/support/behaviour.rs.

package.path = arg[0]:match("^.*/") .. "../?.lua;" .. package.path
local ffi = require "ffi"
local ytx = require "ytx"

ffi.cdef [[
struct pollfd { int fd; short events, revents; };
int poll(struct pollfd *fds, unsigned long count, int timeout_ms);
]]

local url = arg[1]

local function make(settings)
  local all = { account_sid = ("a"):rep(32), auth_token = ("b"):rep(32), base_url = url }
  for name, value in pairs(settings or {}) do all[name] = value end
  return assert(ytx.client(all))
end

local function equal(found, expected, what)
  if found ~= expected then
    error((what or "") .. ": " .. tostring(found) .. " is not " .. tostring(expected), 2)
  end
end

local tests = {}

function tests.what_is_wrong_is_a_table_that_prints_as_text()
  local client = make { timeout_ms = 300 }
  local json, err = client:lock("app", "silence")
  equal(json, nil)
  equal(err.name, "YTX_E_TIMEOUT")
  equal(err.retryable, true)
  equal(tostring(err), "YTX_E_TIMEOUT (1004): " .. err.message)
  assert(err.message:find("within 300 ms", 1, true), err.message)
  assert(err.json:find('"sent":true', 1, true), err.json)
end

function tests.the_platforms_words_are_read()
  local client = make()
  local body = '{"statusCode":"-205","statusMsg":"say \\"no\\"\\n\\\\"}'
  local hex = body:gsub(".", function(c) return ("%02x"):format(c:byte()) end)
  local _, err = client:lock("app", "200:" .. hex)
  equal(err.status, -205)
  equal(err.message, 'say "no"\n\\')
  equal(err.json, body)
end

function tests.a_client_that_cannot_be_made_says_why()
  local client, err = ytx.client { account_sid = "a", auth_token = "b", base_url = "ftp://x" }
  equal(client, nil)
  equal(err.name, "YTX_E_INVALID_ARGUMENT")
  assert(err.message:find("base_url", 1, true), err.message)
end

function tests.arguments_of_the_wrong_type_raise()
  local client = make()
  for _, wrong in ipairs { 2, true, "a\0b", {} } do
    local well, message = pcall(client.lock, client, "app", wrong)
    assert(not well and message:find("room is no string", 1, true), message)
  end
  local _, err = client:lock("app", nil)
  equal(err.name, "YTX_E_INVALID_ARGUMENT")
end

function tests.what_is_closed_is_refused()
  local client = make()
  client:close()
  client:close()
  local _, err = client:lock("app", "002")
  equal(err.name, "YTX_E_INVALID_HANDLE")
  local queue = assert(ytx.queue())
  queue:free()
  equal(queue:take(0), nil)
  equal(select(2, queue:lock(make(), "app", "002")).name, "YTX_E_INVALID_HANDLE")
end

-- Descriptors are given out from the lowest that is free.
function tests.the_collector_frees_what_is_not_closed()
  collectgarbage() -- what other tests have left
  collectgarbage()
  local first = assert(ytx.queue())
  local lowest = first:fd()
  first:free()
  for _ = 1, 200 do
    make():with_timeout(100)
    assert(ytx.queue()):fd()
  end
  collectgarbage()
  collectgarbage()
  equal(assert(ytx.queue()):fd(), lowest, "the lowest descriptor")
end

function tests.a_queue_fits_into_a_loop_of_the_hosts()
  local client, queue = make(), assert(ytx.queue())
  local tags = {}
  for number = 1, 100 do
    local tag = { number = number }
    tags[tag] = true
    assert(queue:lock(client, "app", "room " .. number, tag))
  end
  local ready = ffi.new("struct pollfd[1]")
  ready[0].fd, ready[0].events = queue:fd(), 1
  local left = 100
  while left > 0 do
    equal(ffi.C.poll(ready, 1, 60000), 1, "poll")
    for event in function() return queue:take(0) end do
      equal(event.type, "done")
      equal(event.error, nil)
      assert(tags[event.tag], "a tag comes back once")
      assert(event.json:find('room ' .. event.tag.number, 1, true), event.json)
      tags[event.tag] = nil
      left = left - 1
    end
  end
  equal(next(queue.tags), nil, "tags that are kept")
  queue:drain()
  equal(queue:take().type, "closed")
  assert(queue:stats():find('"pending":0', 1, true))
  assert(client:stats():find('"succeeded":100', 1, true))
end

function tests.a_call_is_cancelled_by_its_ticket()
  local client, queue = make(), assert(ytx.queue { max_pending = 1 })
  local ticket = assert(queue:lock(client, "app", "held", "first"))
  equal(select(2, queue:lock(client, "app", "002")).name, "YTX_E_BUSY")
  queue:cancel(ticket)
  local event = queue:take()
  equal(event.tag, "first")
  equal(event.error.name, "YTX_E_CANCELLED")
end

local names = {}
for name in pairs(tests) do names[#names + 1] = name end
table.sort(names)
for _, name in ipairs(names) do
  tests[name]()
  print("ok " .. name)
end
