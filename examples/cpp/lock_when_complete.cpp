/*
 * Locks a conference room once everyone invited has joined.
 *
 *     c++ -std=c++17 examples/cpp/lock_when_complete.cpp $(pkg-config --cflags --libs ytx) \
 *         -o lock_when_complete
 *     ./lock_when_complete 13112341314 18912345326
 *
 * It reads the members with nlohmann/json and asks for them once a second. The account, the
 * application and the room come from the environment; `cargo run -p ytx-sandbox -- --join 3000`
 * plays a room that fills, and prints what to set.
 */

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "ytx.hpp"

using json = nlohmann::json;
using numbers = std::vector<std::string>;

/* Whether a number is the one that the platform shows as 131****1314. */
static bool same_number(const std::string &number, const std::string &shown) {
  return std::equal(number.begin(), number.end(), shown.begin(), shown.end(),
                    [](char digit, char seen) { return seen == '*' || seen == digit; });
}

/* Who of those invited is not on line. */
static numbers find_missing(const numbers &invited, const json &members) {
  numbers missing;
  for (const std::string &number : invited) {
    const auto is_here = [&](const json &member) {
      return same_number(number, member.value("phone", "")) &&
             member.value("statusname", "") == "在线";
    };
    if (std::none_of(members.begin(), members.end(), is_here)) missing.push_back(number);
  }
  return missing;
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

static void lock_when_complete(const ytx::client &client, const std::string &appid,
                               const std::string &room, const numbers &invited) {
  std::optional<numbers> last;
  for (;; std::this_thread::sleep_for(std::chrono::seconds(1))) {
    try {
      const json answer = json::parse(client.meeting_state(appid, room).json());
      numbers missing = find_missing(invited, answer.at("statusMsg"));
      if (last != missing) report(room, invited.size(), missing);
      last = std::move(missing);
      if (last->empty()) {
        client.lock_meeting(appid, room);
        return;
      }
    } catch (const ytx::error &error) {
      if (!error.retryable()) throw;
      std::cerr << "room " << room << ": " << error.what() << "; trying again\n";
    }
  }
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
  try {
    const ytx::client client(sid, token, options);
    lock_when_complete(client, appid, room, invited);
  } catch (const std::exception &error) { /* of ytx.hpp, or of the JSON */
    std::cerr << "room " << room << ": " << error.what() << '\n';
    return 1;
  }
  std::cout << "room " << room << ": locked\n";
}
