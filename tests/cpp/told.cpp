/*
 * What the C library is told: options field by field, each handle and each string freed once. This
 * program has some of its functions itself, which come before the library's.
 */
#include "check.hpp"

using std::chrono::milliseconds;

/* What ytx_client_new() was told last; the strings are only there during the call. */
static ytx_options seen;
static std::string seen_strings;

/* The handles and strings that are out, as sets of bits. The first handle is refused. */
static unsigned handles, strings;
static uintptr_t next_handle;
static char string_pool[2];

static ytx_client *issue(ytx_status *status) {
  const uintptr_t number = next_handle++;
  *status = number == 0 ? YTX_E_INTERNAL : YTX_OK;
  handles |= (1U << number) & ~1U;
  return reinterpret_cast<ytx_client *>(number);
}

extern "C" ytx_client *ytx_client_new(const char *account_sid, const char *auth_token,
                                      const ytx_options *options, ytx_status *status) {
  seen = *options;
  seen_strings.clear();
  for (const char *string : {account_sid, auth_token, options->base_url, options->proxy,
                             options->ca_file, options->user_agent, options->source_address})
    seen_strings.append(string == nullptr ? "NULL" : string).append(" ");
  return issue(status);
}

static std::uint32_t seen_timeout;

extern "C" ytx_client *ytx_client_with_timeout(const ytx_client *, std::uint32_t timeout_ms,
                                               ytx_status *status) {
  seen_timeout = timeout_ms;
  return issue(status);
}

static void release(unsigned &out, uintptr_t number) {
  CHECK((out & (1U << number)) != 0);
  out &= ~(1U << number);
}

/* The log is still there, also for the last handle. */
extern "C" void ytx_client_free(ytx_client *handle) {
  if (seen.log != nullptr) seen.log(YTX_LOG_ERROR, "freed", seen.log_user_data);
  release(handles, reinterpret_cast<uintptr_t>(handle));
}

extern "C" char *ytx_meeting_state(const ytx_client *, const char *appid, const char *,
                                   ytx_status *status) {
  const unsigned number = *appid == '0' ? 0 : 1;
  *status = number == 0 ? YTX_OK : YTX_E_TIMEOUT;
  strings |= 1U << number;
  return &string_pool[number];
}

extern "C" void ytx_string_free(char *string) {
  release(strings, static_cast<uintptr_t>(string - string_pool));
}

static void tell(const ytx::options &settings) {
  ytx_status status = YTX_OK;
  next_handle = 0;
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
  CHECK_VIEW(seen_strings, "sid token NULL NULL NULL NULL NULL ");
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
  settings.source_address = "address";
  tell(settings);
  check_numbers(numbers);
  CHECK_VIEW(seen_strings, "sid token url proxy file agent address ");
}

/* The C library refuses an empty string, so it has to see one. */
static void an_empty_string_is_not_the_default() {
  ytx::options settings;
  settings.base_url = settings.proxy = settings.ca_file = settings.user_agent = "";
  settings.source_address = "";
  tell(settings);
  CHECK_VIEW(seen_strings, "sid token      ");
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

static void handles_are_freed_once() {
  int lines = 0;
  ytx::options settings;
  settings.log = [&](std::int32_t, std::string_view line) { lines += line == "freed" ? 1 : 100; };
  next_handle = 1;
  {
    ytx::client first("sid", "token", settings), second = first.with_timeout(milliseconds(7));
    CHECK(seen_timeout == 7 && handles == 6);
    second = second.with_timeout(milliseconds(-7));
    CHECK(seen_timeout == 1 && handles == (2 | 8));
    first = std::move(second);
    CHECK(handles == 8);
    /* What a client is not made for is no concern of later lines. */
    seen.log(YTX_LOG_ERROR, "a line that is longer than a short string", seen.log_user_data);
  }
  CHECK(handles == 0 && lines == 103);
}

static void strings_are_freed_once() {
  const ytx::client client;
  {
    ytx::answer first = client.try_meeting_state("0", ""), second = std::move(first);
    CHECK(strings == 1);
    second = client.try_meeting_state("1", "");
    CHECK(strings == 2);
  }
  CHECK(strings == 0);
  {
    const auto failure = thrown_by([&] { client.meeting_state("1", ""); });
    CHECK(strings == 2);
  }
  CHECK(strings == 0);
}

int main() {
  handles_are_freed_once();
  strings_are_freed_once();
  what_is_not_set_is_the_default();
  what_is_set_arrives();
  an_empty_string_is_not_the_default();
  durations_beyond_what_c_can_say();
}
