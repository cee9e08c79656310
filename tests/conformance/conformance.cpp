/*
 * The conformance cases in C++, by the calls that throw: see tests/conformance.rs.
 */
#include "../c/check.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <jansson.h>

#include "ytx.hpp"

namespace {

/* A value of jansson that is owned. */
struct decref {
  void operator()(json_t *value) const { json_decref(value); }
};
using owned = std::unique_ptr<json_t, decref>;

/* What came of a call. */
struct seen {
  ytx_status status = YTX_OK;
  std::string name = "YTX_OK";
  bool retryable = false;
  std::string what;
  std::string json;
  owned members;
  owned events{json_array()};
};

const char *text(const json_t *object, const char *name) {
  return json_string_value(json_object_get(object, name));
}

std::optional<std::string> optional_text(const json_t *object, const char *name) {
  const char *value = text(object, name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::uint32_t number(const json_t *object, const char *name) {
  return static_cast<std::uint32_t>(json_integer_value(json_object_get(object, name)));
}

ytx::options options(const json_t *settings) {
  ytx::options options;
  options.base_url = optional_text(settings, "base_url");
  options.connect_timeout = std::chrono::milliseconds(number(settings, "connect_timeout_ms"));
  options.timeout = std::chrono::milliseconds(number(settings, "timeout_ms"));
  options.max_idle_connections = number(settings, "max_idle_connections");
  options.idle_timeout = std::chrono::milliseconds(number(settings, "idle_timeout_ms"));
  options.max_retries = number(settings, "max_retries");
  options.max_response_bytes = number(settings, "max_response_bytes");
  options.proxy = optional_text(settings, "proxy");
  options.ca_file = optional_text(settings, "ca_file");
  options.user_agent = optional_text(settings, "user_agent");
  return options;
}

ytx::answer call(const ytx::client &client, const json_t *test) {
  const std::string name = text(test, "call");
  const char *appid = text(test, "appid"), *confid = text(test, "confid");
  if (name == "lock_meeting") return client.lock_meeting(appid, confid);
  if (name == "unlock_meeting") return client.unlock_meeting(appid, confid);
  if (name == "meeting_state") return client.meeting_state(appid, confid);
  CHECK(name == "request");
  return client.request(text(test, "func"), text(test, "func_url"), text(test, "body_json"),
                        text(test, "version"));
}

/* The same call, handed to a queue. */
ytx::answer queued(const ytx::client &client, const json_t *test) {
  const ytx::queue queue;
  const std::string name = text(test, "call");
  const char *appid = text(test, "appid"), *confid = text(test, "confid");
  ytx_ticket ticket = 0;
  if (name == "lock_meeting") ticket = queue.lock_meeting(client, appid, confid, 7);
  if (name == "unlock_meeting") ticket = queue.unlock_meeting(client, appid, confid, 7);
  if (name == "meeting_state") ticket = queue.meeting_state(client, appid, confid, 7);
  if (name == "request")
    ticket = queue.request(client, text(test, "func"), text(test, "func_url"),
                           text(test, "body_json"), 7, text(test, "version"));
  if (json_is_true(json_object_get(test, "cancel"))) CHECK_STATUS(queue.cancel(ticket), YTX_OK);
  auto ended = queue.take();
  CHECK(ended && ended->type() == YTX_EVENT_DONE && ended->ticket() == ticket && ended->tag() == 7);
  return std::move(*ended);
}

/* A word of the table for yes, no and unknown. */
json_t *known(std::int32_t value) { return value < 0 ? json_null() : json_boolean(value); }

/* Reads the members by the functions of ytx.h, as the table has them. */
void read_members(seen &seen) {
  const std::unique_ptr<ytx_members, decltype(&ytx_members_free)> list(
      ytx_members_read(seen.json.c_str(), YTX_MEMBERS_ALL, &seen.status), ytx_members_free);
  seen.name = ytx_status_name(seen.status);
  seen.members.reset(json_array());
  for (std::size_t i = 0; i < ytx_members_count(list.get()); i++) {
    const ytx_members *members = list.get();
    json_array_append_new(
        seen.members.get(),
        json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "meeting_id", ytx_members_meid(members, i),
                  "phone", ytx_members_phone(members, i), "presence",
                  ytx_members_statusname(members, i), "mute", ytx_members_ifmutename(members, i),
                  "online", known(ytx_members_online(members, i)), "muted",
                  known(ytx_members_muted(members, i))));
  }
}

json_t *phones(const ytx::members &list) {
  json_t *all = json_array();
  for (const ytx::member &member : list)
    json_array_append_new(all, json_string(std::string(member.phone).c_str()));
  return all;
}

/* An event as the table has it. */
json_t *room_event(const ytx::event &event, const char *confid) {
  const ytx::room_event room(event);
  constexpr const char *kinds[] = {"snapshot", "changed", "lost", "restored"};
  CHECK_TEXT(room.confid.c_str(), confid);
  return json_pack(
      "{s:s, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "kind",
      kinds[static_cast<int>(room.kind)], "version", static_cast<json_int_t>(room.version), "polls",
      static_cast<json_int_t>(room.polls), "online",
      room.online ? json_integer(static_cast<json_int_t>(*room.online)) : json_null(), "members",
      phones(room.members), "joined", phones(room.joined), "left", phones(room.left), "muted",
      phones(room.muted), "unmuted", phones(room.unmuted), "error",
      room.error ? json_integer(room.error->status) : json_null());
}

/* Watches a room to its last event; none when it is to be left, once it has told enough. */
std::optional<ytx::event> watched(const ytx::client &client, const json_t *test, json_t *events) {
  const json_t *expected = json_object_get(test, "expect");
  const std::size_t enough = json_array_size(json_object_get(expected, "events"));
  const ytx::queue queue;
  const ytx_ticket ticket =
      queue.watch_meeting(client, text(test, "appid"), text(test, "confid"), 7,
                          std::chrono::milliseconds(number(test, "interval_ms")));
  for (;;) {
    auto told = queue.take();
    CHECK(told && told->ticket() == ticket && told->tag() == 7);
    if (told->type() != YTX_EVENT_ROOM) {
      CHECK(told->type() == YTX_EVENT_ENDED);
      return told;
    }
    json_array_append_new(events, room_event(*told, text(test, "confid")));
    if (number(expected, "status") == 0 && json_array_size(events) == enough) {
      CHECK_STATUS(queue.cancel(ticket), YTX_OK);
      told = queue.take();
      CHECK(told && told->type() == YTX_EVENT_ENDED && told->status() == YTX_E_CANCELLED);
      return std::nullopt;
    }
  }
}

seen run(const json_t *test) {
  seen seen;
  try {
    ytx::client client(text(test, "account_sid"), text(test, "auth_token"),
                       options(json_object_get(test, "options")));
    if (json_object_get(test, "deadline_ms") != nullptr)
      client = client.with_timeout(std::chrono::milliseconds(number(test, "deadline_ms")));
    if (json_is_true(json_object_get(test, "cancelled"))) client.cancel();
    const bool does_not_block = json_is_true(json_object_get(test, "queued"));
    const bool watches = std::string(text(test, "call")) == "watch_meeting";
    const auto note = [&](const ytx::answer &ended) {
      seen.status = ended.status(); /* one that a queue gives may be a failure */
      seen.name = ytx_status_name(seen.status);
      seen.retryable = ended.retryable();
      seen.what = seen.json = ended.json();
    };
    if (watches) {
      if (const auto ended = watched(client, test, seen.events.get())) note(*ended);
    } else {
      note(does_not_block ? queued(client, test) : call(client, test));
    }
    if (seen.status == YTX_OK && std::string(text(test, "call")) == "meeting_state")
      read_members(seen);
  } catch (const ytx::error &error) {
    seen.status = error.status();
    seen.name = error.name();
    seen.retryable = error.retryable();
    seen.what = error.what();
    seen.json = error.json();
  }
  return seen;
}

/* Compares a part of the library's own report. */
void check_part(const json_t *found, const char *name, const json_t *expected, const char *as) {
  const json_t *part = json_object_get(expected, as);
  if (part != nullptr && !json_equal(json_object_get(found, name), part))
    check_failed(__FILE__, __LINE__, as, found == nullptr ? "" : json_dumps(found, 0));
}

void compare(const json_t *test, const seen &seen) {
  const json_t *expected = json_object_get(test, "expect");
  const json_t *members = json_object_get(expected, "members");
  const owned answer(json_loads(seen.json.c_str(), 0, nullptr));
  CHECK_STATUS(seen.status, static_cast<ytx_status>(number(expected, "status")));
  CHECK_TEXT(seen.name.c_str(), text(expected, "name"));
  CHECK(seen.retryable == json_is_true(json_object_get(expected, "retryable")));
  if (members != nullptr && !json_equal(seen.members.get(), members))
    check_failed(__FILE__, __LINE__, "members", seen.json.c_str());
  const json_t *events = json_object_get(expected, "events");
  if (events != nullptr && !json_equal(seen.events.get(), events))
    check_failed(__FILE__, __LINE__, "events", json_dumps(seen.events.get(), 0));
  if (json_is_true(json_object_get(test, "typed"))) return;
  if (text(expected, "says") != nullptr) CHECK_HOLDS(seen.what.c_str(), text(expected, "says"));
  if (text(expected, "answer") != nullptr) CHECK_TEXT(seen.json.c_str(), text(expected, "answer"));
  check_part(answer.get(), "sent", expected, "sent");
  check_part(answer.get(), "attempts", expected, "attempts");
  check_part(answer.get(), "httpStatus", expected, "http_status");
}

}  // namespace

int main() {
  const owned cases(json_load_file(std::getenv("YTX_CONFORMANCE"), 0, nullptr));
  CHECK(json_is_array(cases.get()));
  for (std::size_t i = 0; i < json_array_size(cases.get()); i++) {
    const json_t *test = json_array_get(cases.get(), i);
    check_case = text(test, "name");
    compare(test, run(test));
  }
  std::printf("%zu cases as expected\n", json_array_size(cases.get()));
}
