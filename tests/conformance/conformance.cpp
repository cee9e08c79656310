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

seen run(const json_t *test) {
  seen seen;
  try {
    ytx::client client(text(test, "account_sid"), text(test, "auth_token"),
                       options(json_object_get(test, "options")));
    if (json_object_get(test, "deadline_ms") != nullptr)
      client = client.with_timeout(std::chrono::milliseconds(number(test, "deadline_ms")));
    if (json_is_true(json_object_get(test, "cancelled"))) client.cancel();
    seen.json = call(client, test).json();
  } catch (const ytx::error &error) {
    seen.status = error.status();
    seen.name = error.name();
    seen.retryable = error.retryable();
    seen.what = error.what();
    seen.json = error.json();
  }
  return seen;
}

/* Compares a part of the library's own report, or of a member. */
void check_part(const json_t *found, const char *name, const json_t *expected, const char *as) {
  const json_t *part = json_object_get(expected, as);
  if (part != nullptr && !json_equal(json_object_get(found, name), part))
    check_failed(__FILE__, __LINE__, as, found == nullptr ? "" : json_dumps(found, 0));
}

void check_members(const json_t *answer, const json_t *expected) {
  const json_t *found = json_object_get(answer, "statusMsg");
  CHECK(json_array_size(found) == json_array_size(expected));
  for (std::size_t i = 0; i < json_array_size(expected); i++) {
    const json_t *member = json_array_get(found, i), *wanted = json_array_get(expected, i);
    check_part(member, "meid", wanted, "meeting_id");
    check_part(member, "phone", wanted, "phone");
    check_part(member, "statusname", wanted, "presence");
    check_part(member, "ifmutename", wanted, "mute");
  }
}

void compare(const json_t *expected, const seen &seen) {
  const owned answer(json_loads(seen.json.c_str(), 0, nullptr));
  CHECK_STATUS(seen.status, static_cast<ytx_status>(number(expected, "status")));
  CHECK_TEXT(seen.name.c_str(), text(expected, "name"));
  CHECK(seen.retryable == json_is_true(json_object_get(expected, "retryable")));
  if (text(expected, "says") != nullptr) CHECK_HOLDS(seen.what.c_str(), text(expected, "says"));
  if (text(expected, "answer") != nullptr) CHECK_TEXT(seen.json.c_str(), text(expected, "answer"));
  check_part(answer.get(), "sent", expected, "sent");
  check_part(answer.get(), "attempts", expected, "attempts");
  check_part(answer.get(), "httpStatus", expected, "http_status");
  const json_t *members = json_object_get(expected, "members");
  if (members != nullptr) check_members(answer.get(), members);
}

}  // namespace

int main() {
  const owned cases(json_load_file(std::getenv("YTX_CONFORMANCE"), 0, nullptr));
  CHECK(json_is_array(cases.get()));
  for (std::size_t i = 0; i < json_array_size(cases.get()); i++) {
    const json_t *test = json_array_get(cases.get(), i);
    check_case = text(test, "name");
    compare(json_object_get(test, "expect"), run(test));
  }
  std::printf("%zu cases as expected\n", json_array_size(cases.get()));
}
