/*
 * Locks a conference room once everyone invited has joined.
 *
 *     c++ -std=c++17 examples/cpp/lock_when_complete.cpp $(pkg-config --cflags --libs ytx) \
 *         -o lock_when_complete
 *     ./lock_when_complete 13112341314 18912345326
 *
 * It watches the room once a second, by the functions of ytx.h. The account, the application and
 * the room come from the environment; `cargo run -p ytx-sandbox -- --join 3000` plays a room that
 * fills, and prints what to set.
 */

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ytx.h"

using numbers = std::vector<std::string>;

template <auto Free>
struct released_by {
  template <typename T>
  void operator()(T *memory) const {
    Free(memory);
  }
};
template <typename T, auto Free>
using owned = std::unique_ptr<T, released_by<Free>>;

/* Whether a number is the one that the platform shows as 131****1314. */
static bool same_number(std::string_view number, std::string_view shown) {
  return std::equal(number.begin(), number.end(), shown.begin(), shown.end(),
                    [](char digit, char seen) { return seen == '*' || seen == digit; });
}

/* Who of those invited is not on line. */
static numbers find_missing(numbers invited, const ytx_members *members) {
  const auto is_here = [&](const std::string &number) {
    for (std::size_t i = 0; i < ytx_members_count(members); i++)
      if (ytx_members_online(members, i) == 1 && same_number(number, ytx_members_phone(members, i)))
        return true;
    return false;
  };
  invited.erase(std::remove_if(invited.begin(), invited.end(), is_here), invited.end());
  return invited;
}

static void report(const std::string &room, std::size_t invited, const numbers &missing) {
  std::cout << "room " << room << ": " << invited - missing.size() << " of " << invited
            << " joined";
  const char *before = ", waiting for ";
  for (const std::string &number : missing) {
    std::cout << before << number;
    before = ", ";
  }
  std::cout << std::endl;
}

static void complain(const std::string &room, ytx_status status, const char *then = "") {
  std::cerr << "room " << room << ": " << ytx_status_name(status) << ": "
            << ytx_status_text(status) << then << '\n';
}

static ytx_status lock_when_complete(const ytx_client *client, ytx_queue *queue,
                                     const std::string &appid, const std::string &room,
                                     const numbers &invited) {
  std::optional<numbers> last;
  ytx_event event = YTX_EVENT_INIT;
  ytx_status status;
  ytx_watch_meeting(client, queue, appid.c_str(), room.c_str(), 1000, 0, &status);
  while (status == YTX_OK && !(last && last->empty())) {
    ytx_queue_take(queue, &event, -1);
    const owned<char, ytx_string_free> json(event.json);
    if (event.type != YTX_EVENT_ROOM) return event.status; /* it has ended */
    if (event.status != YTX_OK) {
      complain(room, event.status, "; trying again"); /* which the watch does */
      continue;
    }
    const owned<ytx_members, ytx_members_free> members(
        ytx_members_read(json.get(), YTX_MEMBERS_ALL, nullptr));
    numbers missing = find_missing(invited, members.get());
    if (last != missing) report(room, invited.size(), missing);
    last = std::move(missing);
  }
  if (status != YTX_OK) return status;
  const owned<char, ytx_string_free> json(
      ytx_lock_meeting(client, appid.c_str(), room.c_str(), YTX_LOCK, &status));
  return status;
}

/* An environment variable, or a word that it is missing. */
static std::string need(const char *name, bool &missing) {
  const char *value = std::getenv(name);
  if (value != nullptr && *value != '\0') return value;
  std::cerr << "lock_when_complete: " << name << " is not set\n";
  missing = true;
  return {};
}

int main(int argc, char **argv) {
  bool missing = false;
  const std::string sid = need("YTX_ACCOUNT_SID", missing);
  const std::string token = need("YTX_AUTH_TOKEN", missing);
  const std::string appid = need("YTX_APPID", missing);
  const std::string room = need("YTX_CONFID", missing);
  const numbers invited(argv + 1, argv + argc);
  if (invited.empty()) std::cerr << "usage: lock_when_complete NUMBER...\n";
  if (missing || invited.empty()) return 2;

  ytx_options options = YTX_OPTIONS_INIT;
  options.base_url = std::getenv("YTX_BASE_URL");
  options.max_retries = 5; /* for the lock */
  ytx_status status;
  const owned<ytx_client, ytx_client_free> client(
      ytx_client_new(sid.c_str(), token.c_str(), &options, &status));
  const owned<ytx_queue, ytx_queue_free> queue(client ? ytx_queue_new(nullptr, &status) : nullptr);
  if (queue) status = lock_when_complete(client.get(), queue.get(), appid, room, invited);
  if (status != YTX_OK) {
    complain(room, status);
    return 1;
  }
  std::cout << "room " << room << ": locked\n";
}
