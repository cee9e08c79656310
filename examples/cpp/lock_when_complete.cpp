/*
 * Locks a conference room once everyone invited has joined.
 *
 *     c++ -std=c++17 examples/cpp/lock_when_complete.cpp $(pkg-config --cflags --libs ytx) \
 *         -o lock_when_complete
 *     ./lock_when_complete 13112341314 18912345326
 *
 * The account, the application and the room come from the environment;
 * `cargo run -p ytx-sandbox -- --join 3000` plays a room that fills, and prints what to set.
 */

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ytx.hpp"

using numbers = std::vector<std::string>;

/* Whether a number is the one that the platform shows as 131****1314. */
static bool same_number(std::string_view number, std::string_view shown) {
  return std::equal(number.begin(), number.end(), shown.begin(), shown.end(),
                    [](char digit, char seen) { return seen == '*' || seen == digit; });
}

/* Who of those invited is not on line. */
static numbers find_missing(numbers invited, const ytx::members &members) {
  const auto is_here = [&](const std::string &number) {
    return std::any_of(members.begin(), members.end(), [&](const ytx::member &member) {
      return member.online == true && same_number(number, member.phone);
    });
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

static std::string name_and_text(ytx_status status) {
  return ytx_status_name(status) + std::string(": ") + ytx_status_text(status);
}

/* Throws where the watch ends, or the lock fails. */
static void lock_when_complete(const ytx::client &client, const std::string &appid,
                               const std::string &room, const numbers &invited) {
  const ytx::queue queue;
  queue.watch_meeting(client, appid, room, 0, std::chrono::seconds(1));
  std::optional<numbers> last;
  while (!last || !last->empty()) {
    const auto event = queue.take();
    if (event->type() != YTX_EVENT_ROOM) throw std::runtime_error(name_and_text(event->status()));
    const ytx::room_event news(*event);
    if (news.error) { /* the room is lost; the watch goes on trying */
      std::cerr << "room " << room << ": " << name_and_text(news.error->status)
                << "; trying again\n";
      continue;
    }
    numbers missing = find_missing(invited, news.members);
    if (last != missing) report(room, invited.size(), missing);
    last = std::move(missing);
  }
  client.lock_meeting(appid, room);
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

  ytx::options options;
  if (const char *url = std::getenv("YTX_BASE_URL")) options.base_url = url;
  options.max_retries = 5; /* for the lock */
  try {
    lock_when_complete(ytx::client(sid, token, options), appid, room, invited);
  } catch (const std::exception &failure) {
    std::cerr << "room " << room << ": " << failure.what() << '\n';
    return 1;
  }
  std::cout << "room " << room << ": locked\n";
}
