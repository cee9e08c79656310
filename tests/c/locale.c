/*
 * The system speaks another language, in another encoding; the library's reasons do not. Prints
 * "English" and no more where the system has no other words.
 *
 * Arguments: a URL where a connection is refused; a URL by a name that nobody knows.
 */
#include "check.h"

#include <locale.h>
#include <netdb.h>

static void check_ascii(const char *text)
{
  for (; *text != '\0'; text++)
    CHECK((unsigned char)*text < 128);
}

static void expect_reason(const char *url, const char *words, const char *number, int code)
{
  struct report report = { 1, 0, 0, 1, NULL };
  char expected[100];
  ytx_client *client = client_for(url);
  ytx_status status = -9999;
  char *json = ytx_lock_meeting(client, APPID, "never", YTX_LOCK, &status);
  snprintf(expected, sizeof expected, ": %s (%s %d)\"", words, number, code);
  report.words = expected;
  check_ascii(json);
  EXPECT_REPORT(json, status, YTX_E_CONNECT, report);
  ytx_client_free(client);
}

static int lines;

static void log_line(int32_t level, const char *message, void *unused)
{
  char reason[100];
  (void)unused;
  CHECK(level == YTX_LOG_ERROR);
  snprintf(reason, sizeof reason, "No such file or directory (errno %d)", ENOENT);
  CHECK_HOLDS(message, reason);
  check_ascii(message);
  lines++;
}

static void expect_reason_in_the_log(void)
{
  ytx_options options = YTX_OPTIONS_INIT;
  options.ca_file = "/nowhere/ca.pem";
  options.log = log_line;
  CHECK(ytx_client_new(SID, TOKEN, &options, NULL) == NULL);
  CHECK(lines == 1);
}

int main(int argc, char **argv)
{
  CHECK(argc == 3);
  CHECK(setlocale(LC_ALL, "") != NULL);
  if (strcmp(strerror(ECONNREFUSED), "Connection refused") == 0) {
    puts("English");
    return 0;
  }
  expect_reason(argv[1], "Connection refused", "errno", ECONNREFUSED);
  expect_reason(argv[2], "Name or service not known", "EAI_NONAME", EAI_NONAME);
  expect_reason_in_the_log();
  return 0;
}
