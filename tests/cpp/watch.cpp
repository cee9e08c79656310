/*
 * Watches on a queue, members as a range, draining and figures; with and without exceptions.
 *
 * Arguments: the server's URL. It reads its answers in the confid: see rooms.rs.
 */
#include "check.hpp"

#include <vector>

using std::chrono::milliseconds;
using std::chrono::minutes;
using kinds = ytx::room_event_kind;

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
  std::uint64_t version = 0;
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
      CHECK(!ytx::room_event::try_read(*event, &status));
      CHECK_STATUS(status, YTX_E_RESPONSE);
#ifdef __cpp_exceptions
      check_failure(thrown_by([&] { ytx::room_event room(*event); }), YTX_E_RESPONSE, false);
#endif
      continue;
    }
    const auto room = ytx::room_event::try_read(*event, &status);
    CHECK_STATUS(status, YTX_OK);
    CHECK(room->version == ++version && room->polls == 1 && room->online == version);
    CHECK(room->confid == "watched;1u;1m 2u;-205" && !room->error);
    CHECK(room->kind == (version == 1 ? kinds::snapshot : kinds::changed));
    for (const auto &phone : phones(room->joined)) told.push_back('+' + phone);
    for (const auto &phone : phones(room->muted)) told.push_back('m' + phone);
    CHECK(room->left.empty() && room->unmuted.empty());
    told.push_back(std::to_string(room->members.size()));
  }
  CHECK((told == std::vector<std::string>{"1", "+2", "m1", "2"}));
  CHECK(lines == 3);
  const auto gone = ytx::client::try_new("no sid", "token", {}, &status);
  CHECK(queue.try_watch_meeting(gone, "app", "002", 1, milliseconds(0), &status) == 0);
  CHECK_STATUS(status, YTX_E_INVALID_HANDLE);
}

/* All that a room event has, of a room that is lost and comes back; its number is one that the
   library has to escape. */
static void a_room_is_lost_and_restored(const ytx::client &client) {
  const std::string confid = "lost;1m 2u;503;503;503;1u 3u;\"error\":\\\"version\":9";
  ytx_status status = -9999;
  ytx::queue queue = ytx::queue::try_new({}, &status);
  CHECK(queue.try_watch_meeting(client, "app", confid, 1, milliseconds(200)) != 0);
  std::vector<ytx::room_event> told;
  while (told.size() < 3) {
    const auto event = queue.take(minutes(1));
    CHECK(event.has_value());
    auto room = ytx::room_event::try_read(*event, &status);
    CHECK_STATUS(status, YTX_OK);
    told.push_back(std::move(*room)); /* its event is gone */
  }
  for (const auto &room : told) {
    CHECK_TEXT(room.confid.c_str(), confid.c_str());
    CHECK(room.version == static_cast<std::uint64_t>(&room - told.data()) + 1);
  }
  CHECK(told[0].kind == kinds::snapshot && told[0].online == 2);
  CHECK(told[0].joined.empty() && !told[0].error);

  const ytx::room_event &lost = told[1];
  CHECK(lost.kind == kinds::lost && lost.polls == 3 && !lost.online);
  CHECK(lost.members.empty() && lost.left.empty());
  CHECK_STATUS(lost.error->status, YTX_E_HTTP);
  CHECK(lost.error->retryable());
  CHECK(lost.error->json.find("{\"statusCode\":\"1007\",") == 0);
  CHECK_HOLDS(lost.error->json.c_str(), "\"httpStatus\":503,\"attempts\":1}");
  CHECK(lost.error->json.find('}') == lost.error->json.size() - 1);

  const ytx::room_event &restored = told[2];
  CHECK(restored.kind == kinds::restored && restored.polls == 1 && restored.online == 2);
  CHECK((phones(restored.joined) == std::vector<std::string>{"3"}));
  CHECK((phones(restored.left) == std::vector<std::string>{"2"}));
  CHECK((phones(restored.unmuted) == std::vector<std::string>{"1"}));
  CHECK(restored.muted.empty() && !restored.error);
  CHECK((phones(restored.members) == std::vector<std::string>{"1", "3"}));
  CHECK_VIEW(restored.left[0].statusname, "在线");
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
  a_room_is_lost_and_restored(client);
  a_queue_is_drained(client);
  return 0;
}
