/*
 * What the library is told of ytx::options, field by field. This program has a ytx_client_new() of
 * its own, which comes before the library's.
 */
#include "check.hpp"

using std::chrono::milliseconds;

/* What the last call was told; the strings are only there during the call. */
static ytx_options seen;
static std::string seen_strings;

extern "C" ytx_client *ytx_client_new(const char *account_sid, const char *auth_token,
                                      const ytx_options *options, ytx_status *status) {
  seen = *options;
  seen_strings.clear();
  for (const char *string : {account_sid, auth_token, options->base_url, options->proxy,
                             options->ca_file, options->user_agent})
    seen_strings.append(string == nullptr ? "NULL" : string).append(" ");
  *status = YTX_E_INTERNAL;
  return nullptr;
}

static void tell(const ytx::options &settings) {
  ytx_status status = YTX_OK;
  CHECK(!ytx::client::try_new("sid", "token", settings, &status));
  CHECK_STATUS(status, YTX_E_INTERNAL);
}

static void check_numbers(std::uint32_t expected[7]) {
  const std::uint32_t numbers[7] = {
      seen.connect_timeout_ms, seen.timeout_ms,         seen.max_retries, seen.max_idle_connections,
      seen.idle_timeout_ms,    seen.max_response_bytes, seen.log_level};
  for (int number = 0; number < 7; number++) CHECK(numbers[number] == expected[number]);
  CHECK(seen.struct_size == sizeof seen && seen.reserved == 0);
}

static void what_is_not_set_is_the_default() {
  std::uint32_t none[7] = {};
  tell({});
  check_numbers(none);
  CHECK_VIEW(seen_strings, "sid token NULL NULL NULL NULL ");
}

static void what_is_set_arrives() {
  std::uint32_t numbers[7] = {1, 2, 3, 4, 5, 6, 7};
  ytx::options settings;
  settings.connect_timeout = milliseconds(1);
  settings.timeout = milliseconds(2);
  settings.max_retries = 3;
  settings.max_idle_connections = 4;
  settings.idle_timeout = milliseconds(5);
  settings.max_response_bytes = 6;
  settings.log_level = 7;
  settings.base_url = "url";
  settings.proxy = "proxy";
  settings.ca_file = "file";
  settings.user_agent = "agent";
  tell(settings);
  check_numbers(numbers);
  CHECK_VIEW(seen_strings, "sid token url proxy file agent ");
}

/* The C library refuses an empty string, so it has to see one. */
static void an_empty_string_is_not_the_default() {
  ytx::options settings;
  settings.base_url = settings.proxy = settings.ca_file = settings.user_agent = "";
  tell(settings);
  CHECK_VIEW(seen_strings, "sid token     ");
}

static void check_duration(milliseconds duration, std::uint32_t expected) {
  ytx::options settings;
  settings.timeout = duration;
  tell(settings);
  CHECK(seen.timeout_ms == expected);
}

static void durations_beyond_what_c_can_say() {
  check_duration(milliseconds(UINT32_MAX - 1), UINT32_MAX - 1);
  check_duration(milliseconds(UINT32_MAX), UINT32_MAX);
  check_duration(milliseconds(UINT32_MAX) + milliseconds(1), UINT32_MAX);
  check_duration((milliseconds::max)(), UINT32_MAX);
  check_duration(milliseconds(-1), 1);
  check_duration((milliseconds::min)(), 1);
}

int main() {
  what_is_not_set_is_the_default();
  what_is_set_arrives();
  an_empty_string_is_not_the_default();
  durations_beyond_what_c_can_say();
}
