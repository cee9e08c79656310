/*
 * Watches on a queue, members as a range, draining and figures; with and without exceptions.
 *
 * Arguments: the server's URL. It reads its answers in the confid: see rooms.rs.
 */
#include "check.hpp"

#include <vector>

using std::chrono::milliseconds;
using std::chrono::minutes;

static std::vector<std::string> phones(const ytx::members &list) {
  std::vector<std::string> found;
  for (const ytx::member &member : list) found.emplace_back(member.phone);
  CHECK(found.size() == list.size() && list.empty() == found.empty());
  return found;
}

static ytx::members read(const ytx::answer &from, std::int32_t which) {
  ytx_status status = -9999;
  ytx::members list = ytx::members::try_read(from, which, &status);
  CHECK_STATUS(status, YTX_OK);
  return list;
}

static void members_are_a_range(const ytx::client &client) {
  const auto state = client.try_meeting_state("app", "range;1u 2M 3x");
  CHECK_STATUS(state.status(), YTX_OK);
  const auto list = read(state, YTX_MEMBERS_ALL);
  CHECK((phones(list) == std::vector<std::string>{"1", "2", "3"}));
  CHECK(list[0].online == true && list[0].muted == false);
  CHECK(list[1].online == false && list[1].muted == true);
  CHECK(!list[2].muted);
  CHECK_VIEW(list[0].statusname, "在线");
  CHECK_VIEW(list[0].ifmutename, "未静音");
  CHECK(list[3].phone.empty() && !list[3].online);

  ytx_status status = -9999;
  CHECK(ytx::members::try_read(state, YTX_MEMBERS_JOINED, &status).empty());
  CHECK_STATUS(status, YTX_E_RESPONSE);
  CHECK(ytx::members::try_read(state, 99, &status).empty());
  CHECK_STATUS(status, YTX_E_INVALID_ARGUMENT);
#ifdef __cpp_exceptions
  CHECK(ytx::members(state).size() == 3);
  check_failure(thrown_by([&] { ytx::members(state, YTX_MEMBERS_LEFT); }), YTX_E_RESPONSE, false);
#endif
}

static void a_room_is_watched(const char *url) {
  int lines = 0;
  ytx_status status = -9999;
  ytx::queue queue = ytx::queue::try_new({}, &status);
  auto settings = patient(url);
  settings.log_level = YTX_LOG_DEBUG;
  settings.log = [&lines](std::int32_t, std::string_view line) {
    lines += line.find("meetingState watched;1u;1m 2u;-205 #") == 0;
  };
  {
    /* The watch needs the client no more, and its log lives on. */
    const auto client = ytx::client::try_new("account-1", "token", settings, &status);
    CHECK_STATUS(status, YTX_OK);
    const ytx_ticket ticket = queue.try_watch_meeting(client, "app", "watched;1u;1m 2u;-205", 77,
                                                      milliseconds(200), &status);
    CHECK(ticket != 0);
    CHECK_STATUS(status, YTX_OK);
    CHECK(queue.try_watch_meeting(client, "app", "brief;1u", 78, milliseconds(-5), &status) != 0);
  }
  CHECK(queue.run_ready() == 0); /* its events are for take() */
  std::vector<std::string> told;
  bool is_over = false, was_refused = false;
  while (!is_over || !was_refused) {
    const auto event = queue.take(minutes(1));
    CHECK(event.has_value() && !event->closed());
    if (event->tag() == 78) {
      CHECK(event->type() == YTX_EVENT_ENDED && event->status() == YTX_E_INVALID_ARGUMENT);
      was_refused = true;
      continue;
    }
    CHECK(event->tag() == 77);
    is_over = event->type() == YTX_EVENT_ENDED;
    if (is_over) {
      CHECK_STATUS(event->status(), YTX_APP_CHECK_FAILED);
      continue;
    }
    CHECK(event->type() == YTX_EVENT_ROOM);
    for (const auto &phone : phones(read(*event, YTX_MEMBERS_JOINED))) told.push_back('+' + phone);
    for (const auto &phone : phones(read(*event, YTX_MEMBERS_MUTED))) told.push_back('m' + phone);
    told.push_back(std::to_string(read(*event, YTX_MEMBERS_ALL).size()));
  }
  CHECK((told == std::vector<std::string>{"1", "+2", "m1", "2"}));
  CHECK(lines == 3);
  const auto gone = ytx::client::try_new("no sid", "token", {}, &status);
  CHECK(queue.try_watch_meeting(gone, "app", "002", 1, milliseconds(0), &status) == 0);
  CHECK_STATUS(status, YTX_E_INVALID_HANDLE);
}

static void a_queue_is_drained(const ytx::client &client) {
  ytx_status status = -9999;
  ytx::queue queue = ytx::queue::try_new({}, &status);
  CHECK_HOLDS(queue.stats().c_str(), "{\"pending\":0,");
  CHECK(queue.try_lock_meeting(client, "app", "drained", 5) != 0);
  CHECK(queue.try_watch_meeting(client, "app", "watched too;1u", 6) != 0);
  CHECK_STATUS(queue.drain(), YTX_OK);
  CHECK(queue.try_lock_meeting(client, "app", "late", 7, &status) == 0);
  CHECK_STATUS(status, YTX_E_CANCELLED);
  bool was_called = false, is_over = false;
  for (auto event = queue.take(minutes(1)); !event->closed(); event = queue.take(minutes(1))) {
    if (event->tag() == 5) was_called = event->ok();
    if (event->type() == YTX_EVENT_ENDED) is_over = event->status() == YTX_E_CANCELLED;
  }
  CHECK(was_called && is_over);
  CHECK_HOLDS(client.stats().c_str(), "\"succeeded\":");
  CHECK_STATUS(ytx::queue(nullptr).drain(), YTX_E_INVALID_HANDLE);
  CHECK_STATUS(ytx::queue(nullptr).stats().status(), YTX_E_INVALID_HANDLE);
}

int main(int argc, char **argv) {
  CHECK(argc == 2);
  ytx_status status = -9999;
  const auto client = ytx::client::try_new("account-1", "token", patient(argv[1]), &status);
  CHECK_STATUS(status, YTX_OK);
  members_are_a_range(client);
  a_room_is_watched(argv[1]);
  a_queue_is_drained(client);
  return 0;
}
