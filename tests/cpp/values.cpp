/*
 * Everything that does not throw. It is compiled with and without exceptions and RTTI.
 *
 * Arguments: the server's URL.
 */
#include "check.hpp"

#include <type_traits>

using std::chrono::milliseconds;

static_assert(!std::is_copy_constructible_v<ytx::client>);
static_assert(!std::is_copy_assignable_v<ytx::client>);
static_assert(!std::is_copy_constructible_v<ytx::answer>);
static_assert(!std::is_copy_assignable_v<ytx::answer>);
static_assert(std::is_nothrow_move_constructible_v<ytx::client>);
static_assert(std::is_nothrow_move_assignable_v<ytx::client>);
static_assert(std::is_nothrow_move_constructible_v<ytx::answer>);
static_assert(std::is_nothrow_move_assignable_v<ytx::answer>);
static_assert(std::is_nothrow_default_constructible_v<ytx::client>);

static void check_answer(const ytx::answer &answer, const std::string &json) {
  CHECK_STATUS(answer.status(), YTX_OK);
  CHECK(answer.ok() && !answer.retryable());
  CHECK_VIEW(answer.json(), json.c_str());
  CHECK_TEXT(answer.c_str(), json.c_str());
}

static void check_every_call(const ytx::client &client, ytx_status status) {
  check_failure(client.try_lock_meeting(APPID, "never"), status, false);
  check_failure(client.try_unlock_meeting(APPID, "never"), status, false);
  check_failure(client.try_meeting_state(APPID, "never"), status, false);
  check_failure(client.try_request("call", "never", "{}"), status, false);
}

static void calls_are_answered(const ytx::client &client) {
  check_answer(client.try_lock_meeting(APPID, "value 1"), echo("value 1"));
  check_answer(client.try_unlock_meeting(APPID, "value 2"), echo("value 2"));
  check_answer(client.try_meeting_state(APPID, std::string("value 3")), echo("value 3"));
  check_answer(client.try_request("call", "Value4.wx", "{}"), echo("Value4.wx"));
  check_answer(client.try_request("sms", "Value5.wx", "{ }", "201701"), echo("Value5.wx"));
}

/* The status decides, but for YTX_E_HTTP: there the library's own JSON does, and never what the
   platform or anybody else has put into an answer. */
static void worth_another_try(const ytx::client &client) {
  const std::string claim = R"("retryable":true)", denial = R"("retryable":false)";
  const auto call = [&](const ytx::text &confid) { return client.try_lock_meeting(APPID, confid); };
  check_failure(call(told("200", R"({"statusCode":"-205",)" + claim + "}")), -205, false);
  check_failure(call(told("200", R"({"statusCode":"-104",)" + denial + "}")), -104, true);
  check_failure(call(told("200", R"({"statusCode":"7",)" + claim + "}")), YTX_E_PLATFORM, false);
  check_failure(call(told("200", "{" + claim)), YTX_E_RESPONSE, false);
  check_failure(call(told("502", "{" + denial + "}")), YTX_E_HTTP, true);
  check_failure(call(told("503", "<html>")), YTX_E_HTTP, true);
  check_failure(call(told("504", "")), YTX_E_HTTP, true);
  check_failure(call(told("500", "{" + claim + "}")), YTX_E_HTTP, false);
  check_failure(call(told("404", claim)), YTX_E_HTTP, false);
  check_failure(call("close"), YTX_E_IO, true);
}

static void an_answer_is_moved_and_outlives_its_client(const char *url) {
  auto client = ytx::client::try_new(SID, TOKEN, patient(url));
  auto first = client.try_lock_meeting(APPID, "moved");
  auto second = client.try_lock_meeting(APPID, "overwritten");
  client = ytx::client();
  second = std::move(first);
  check_answer(second, echo("moved"));
  CHECK(first.json().empty() && first.status() == YTX_OK);
  CHECK_TEXT(first.c_str(), "");
}

static void check_empty(const ytx::client &empty) {
  CHECK(!empty);
  check_every_call(empty, YTX_E_INVALID_HANDLE);
  CHECK_STATUS(empty.cancel(), YTX_E_INVALID_HANDLE);
  ytx_status status = -9999;
  CHECK(!empty.try_with_timeout(milliseconds(1), &status));
  CHECK_STATUS(status, YTX_E_INVALID_HANDLE);
}

static void an_empty_client_says_so(const char *url) {
  auto client = ytx::client::try_new(SID, TOKEN, patient(url));
  const auto moved_to = std::move(client);
  check_empty(client);
  check_empty(ytx::client());
  check_answer(moved_to.try_lock_meeting(APPID, "after the move"), echo("after the move"));
}

/* A refused client has one line in the log, whatever the level. */
static void a_client_that_is_refused_is_empty() {
  int lines = 0;
  ytx::options settings = patient("ftp://host");
  settings.log_level = YTX_LOG_ERROR;
  settings.log = [&](std::int32_t level, std::string_view line) {
    CHECK(level == YTX_LOG_ERROR);
    CHECK_HOLDS(std::string(line).c_str(), "base_url");
    lines++;
  };
  ytx_status status = -9999;
  CHECK(!ytx::client::try_new(SID, TOKEN, settings, &status));
  CHECK_STATUS(status, YTX_E_INVALID_ARGUMENT);
  CHECK(!ytx::client::try_new(SID, TOKEN, settings));
  CHECK(lines == 2);
}

static void a_derived_client_has_its_own_deadline_and_cancel(const ytx::client &client) {
  ytx_status status = -9999;
  const auto begin = now_ms();
  const auto hurried = client.try_with_timeout(milliseconds(50), &status);
  CHECK_STATUS(status, YTX_OK);
  check_failure(hurried.try_lock_meeting(APPID, "silence"), YTX_E_TIMEOUT, true);
  const auto too_late = client.try_with_timeout(milliseconds(-50));
  check_failure(too_late.try_lock_meeting(APPID, "silence"), YTX_E_TIMEOUT, true);
  CHECK(now_ms() - begin < 20000); /* and not after the client's minute */

  auto parent = client.try_with_timeout(milliseconds(0));
  const auto derived = parent.try_with_timeout(milliseconds(0));
  CHECK_STATUS(parent.cancel(), YTX_OK);
  check_every_call(parent, YTX_E_CANCELLED);
  parent = ytx::client();
  check_answer(derived.try_lock_meeting(APPID, "derived"), echo("derived"));
}

int main(int argc, char **argv) {
  CHECK(argc == 2);
  ytx_status status = -9999;
  const auto client = ytx::client::try_new(SID, TOKEN, patient(argv[1]), &status);
  CHECK_STATUS(status, YTX_OK);
  CHECK(static_cast<bool>(client));
  calls_are_answered(client);
  worth_another_try(client);
  an_answer_is_moved_and_outlives_its_client(argv[1]);
  an_empty_client_says_so(argv[1]);
  a_client_that_is_refused_is_empty();
  a_derived_client_has_its_own_deadline_and_cancel(client);
  CHECK(ytx::versions_agree());
}
