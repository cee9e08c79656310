/*
 * Everything that throws, and what is thrown.
 *
 * Arguments: the server's URL.
 */
#include "check.hpp"

#include <type_traits>

/* As exceptions should be; RTTI is not needed for it. */
static_assert(std::is_base_of_v<std::runtime_error, ytx::error>);
static_assert(std::is_nothrow_copy_constructible_v<ytx::error>);

static void calls_are_answered(const ytx::client &client) {
  CHECK_VIEW(client.lock_meeting(APPID, "thrown 1").json(), echo("thrown 1").c_str());
  CHECK_VIEW(client.unlock_meeting(APPID, "thrown 2").json(), echo("thrown 2").c_str());
  CHECK_VIEW(client.meeting_state(APPID, "thrown 3").json(), echo("thrown 3").c_str());
  CHECK_VIEW(client.request("call", "Thrown4.wx", "{}").json(), echo("Thrown4.wx").c_str());
  CHECK_VIEW(client.request("sms", "Thrown5.wx", "{ }", "201701").json(),
             echo("Thrown5.wx").c_str());
}

static void every_call_throws(const ytx::client &client, ytx_status status) {
  check_failure(thrown_by([&] { client.lock_meeting(APPID, "never"); }), status, false);
  check_failure(thrown_by([&] { client.unlock_meeting(APPID, "never"); }), status, false);
  check_failure(thrown_by([&] { client.meeting_state(APPID, "never"); }), status, false);
  check_failure(thrown_by([&] { client.request("call", "never", "{}"); }), status, false);
}

static void a_refusal_has_the_platforms_answer(const ytx::client &client) {
  const std::string json = R"({"statusCode":"-205","statusMsg":"m4rk 13800138000","error":"x"})";
  const auto failure = thrown_by([&] { client.lock_meeting(APPID, told("200", json)); });
  check_failure(failure, YTX_APP_CHECK_FAILED, false);
  CHECK_TEXT(failure.name(), "YTX_APP_CHECK_FAILED");
  CHECK_VIEW(failure.json(), json.c_str());
  const std::string what = failure.what();
  CHECK(what == std::string("YTX_APP_CHECK_FAILED: ") + ytx_status_text(YTX_APP_CHECK_FAILED));

  const std::string foreign = R"({"statusCode":"7","statusMsg":"m4rk","error":"x"})";
  const auto unknown = thrown_by([&] { client.meeting_state(APPID, told("200", foreign)); });
  check_failure(unknown, YTX_E_PLATFORM, false);
  CHECK_VIEW(unknown.json(), foreign.c_str());
  CHECK(std::string(unknown.what()).find("m4rk") == std::string::npos);
}

/* Where the platform did not answer, what() has the words of the library's report. */
static void a_failure_on_the_way_has_the_librarys_words(const ytx::client &client) {
  const auto failure = thrown_by([&] { client.lock_meeting(APPID, "a\tb"); });
  check_failure(failure, YTX_E_INVALID_ARGUMENT, false);
  CHECK_TEXT(failure.what(), "YTX_E_INVALID_ARGUMENT: confid holds a control character at byte 1");
  CHECK_HOLDS(std::string(failure.json()).c_str(), R"("error":"YTX_E_INVALID_ARGUMENT",)");

  const auto unavailable = thrown_by([&] { client.lock_meeting(APPID, told("503", "")); });
  check_failure(unavailable, YTX_E_HTTP, true);
  CHECK_HOLDS(unavailable.what(), "503");
}

static void a_client_that_is_refused_names_the_argument() {
  const auto failure = thrown_by([] { ytx::client(SID, TOKEN, patient("ftp://host")); });
  check_failure(failure, YTX_E_INVALID_ARGUMENT, false);
  CHECK_HOLDS(failure.what(), "YTX_E_INVALID_ARGUMENT: ");
  CHECK_HOLDS(failure.what(), "base_url");
  CHECK(failure.json().empty());
  CHECK_HOLDS(thrown_by([] { ytx::client("not/a/sid", TOKEN); }).what(), "account_sid");
  CHECK_HOLDS(thrown_by([] { ytx::client(SID, nullptr); }).what(), "auth_token");
}

static void derived_clients(const ytx::client &client) {
  const auto derived = client.with_timeout(std::chrono::seconds(60));
  CHECK_VIEW(derived.lock_meeting(APPID, "derived").json(), echo("derived").c_str());
  CHECK_STATUS(derived.cancel(), YTX_OK);
  every_call_throws(derived, YTX_E_CANCELLED);

  const ytx::client empty;
  every_call_throws(empty, YTX_E_INVALID_HANDLE);
  const auto failure = thrown_by([&] { (void)empty.with_timeout(std::chrono::seconds(1)); });
  check_failure(failure, YTX_E_INVALID_HANDLE, false);
  CHECK_HOLDS(failure.what(), ytx_status_text(YTX_E_INVALID_HANDLE));
}

int main(int argc, char **argv) {
  CHECK(argc == 2);
  const ytx::client client(SID, TOKEN, patient(argv[1]));
  calls_are_answered(client);
  a_refusal_has_the_platforms_answer(client);
  a_failure_on_the_way_has_the_librarys_words(client);
  a_client_that_is_refused_names_the_argument();
  derived_clients(client);
#if __cplusplus >= 202002L
  const ytx::client named(SID, TOKEN, {.base_url = argv[1], .timeout = std::chrono::minutes(1)});
  CHECK(named.lock_meeting(APPID, "designated").ok());
#endif
}
