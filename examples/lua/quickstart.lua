-- Locks a room, shows who is in it, and unlocks it: luajit quickstart.lua

package.path = (arg[0]:match("^.*/") or "./") .. "?.lua;" .. package.path
local ytx = require "ytx"

local function check(result, err)
  if result then return result end
  io.stderr:write(tostring(err), "\n", err.text, "\n")
  os.exit(1)
end

local appid, room = os.getenv("YTX_APPID"), os.getenv("YTX_CONFID")
local client = check(ytx.client {
  account_sid = os.getenv("YTX_ACCOUNT_SID"),
  auth_token = os.getenv("YTX_AUTH_TOKEN"),
  base_url = os.getenv("YTX_BASE_URL"),
})

check(client:lock(appid, room))
print("locked room " .. room)
for _, member in ipairs(check(ytx.members(check(client:state(appid, room))))) do
  if member.online then print(member.phone .. (member.muted and " (muted)" or "")) end
end
check(client:unlock(appid, room))
print("unlocked room " .. room)
client:close()
