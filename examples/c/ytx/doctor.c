/* Tries the way to the platform: see doctor.h. */

#define _XOPEN_SOURCE 700

#include "doctor.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "outcome.h"
#include "reach.h"
#include "text.h"

enum { CONNECT_LIMIT_MS = 5000, CALL_LIMIT_MS = 15000 }; /* as the library has them */

/* What the library's log tells beside the answer. */
struct heard {
  char refused[REACH_WORDS]; /* the argument that makes no client */
  char clock[80];            /* how far this machine's clock is off, if the platform tells its own */
};

static void hear(int32_t level, const char *message, void *user_data) {
  struct heard *heard = user_data;
  const char *clock = strstr(message, "this machine's clock is ");
  if (level == YTX_LOG_ERROR) snprintf(heard->refused, sizeof heard->refused, "%s", message);
  if (clock != NULL) snprintf(heard->clock, sizeof heard->clock, "%s", clock);
}

/* Begins the line of a step; ms is negative where no time was taken. */
static void begin_line(const char *step, const char *outcome, double ms) {
  printf("%-12s%-8s", step, outcome);
  if (ms < 0)
    printf("%12s", "");
  else
    printf("%7.1f ms  ", ms);
}

static void print_step(const char *step, const char *outcome, double ms, const char *words) {
  begin_line(step, outcome, ms);
  print_text(stdout, words, SIZE_MAX);
  printf("\n");
}

static int end_with(int code, const char *advice) {
  printf("What to do: %s.\n", advice);
  return code;
}

/* Where the account comes from, and nothing of what it is. */
static void print_settings(const struct account *account) {
  static const char *const names[] = { "SID", "token", "application" };
  size_t i;
  begin_line("settings", "ok", -1);
  for (i = ACCOUNT_SID; i <= APPID; i++) {
    printf(i > 0 ? ", %s" : "%s", names[i]);
    if (i < APPID && strcmp(account->from[i], account->from[i + 1]) == 0) continue;
    printf(" from ");
    print_text(stdout, account->from[i], SIZE_MAX);
  }
  printf("\n");
}

/* The time that a timestamp is made from, for holding it against another clock. */
static void print_china_time(void) {
  char text[32];
  time_t now = time(NULL) + 8 * 60 * 60;
  struct tm parts;
  if (gmtime_r(&now, &parts) == NULL || strftime(text, sizeof text, "%F %T", &parts) == 0) return;
  begin_line("", "", -1);
  printf("this machine's clock says that it is %s in China\n", text);
}

static int token_has_blanks(const char *token) {
  size_t length = strlen(token);
  return length > 0 && (token[0] == ' ' || token[length - 1] == ' ');
}

#define MEND_SETTING "mend the setting that is named above"

/* What each status means for the way. */
static const struct {
  ytx_status status;
  const char *step;
  int code;
  const char *advice;
} findings[] = {
  { YTX_E_INVALID_ARGUMENT, "settings", END_USAGE, MEND_SETTING },
  { YTX_E_CONNECT, "connect", DOCTOR_CONNECT,
    "run this again; if it stays, look at the proxy, or at the route from --source-address" },
  { YTX_E_TLS, "TLS", DOCTOR_TLS,
    "see that the port speaks TLS (YTX itself does not: http://), that the certificate is for this host "
    "and that YTX_CA_FILE has its authority, and that this machine's clock is right" },
  { YTX_BAD_AUTHORIZATION, "clock", DOCTOR_CLOCK,
    "set this machine's clock and keep it set by NTP (timedatectl set-ntp true); its time zone does not "
    "matter" },
  { YTX_BAD_SIGN, "token", DOCTOR_TOKEN,
    "copy YTX_AUTH_TOKEN whole from the console, of the account that YTX_ACCOUNT_SID names; it may have "
    "been renewed there" },
  { YTX_APP_CHECK_FAILED, "application", DOCTOR_APPLICATION,
    "(1) use your own application with " YTX_PRODUCTION_URL " and the test application with "
    YTX_SANDBOX_URL ", (2) put the address that this machine has on the Internet on the application's "
    "IP whitelist, or empty the list, (3) see that the application is online and has the conference "
    "feature" },
  { YTX_NO_SUCH_ACCOUNT, "account", DOCTOR_ACCOUNT, "copy YTX_ACCOUNT_SID whole from the console" },
  { YTX_ACCOUNT_DISABLED, "account", DOCTOR_ACCOUNT, "ask YTX to enable the account" },
  { YTX_BALANCE_TOO_LOW, "account", DOCTOR_ACCOUNT, "top the account up in the console" },
  { YTX_BAD_PARAMETER, "room", DOCTOR_ROOM,
    "name the room by the number that creating it returned, its meid" },
  { YTX_E_HTTP, "answer", DOCTOR_STRANGER,
    "see that host, port and path of the URL lead to the platform, and what a gateway or proxy in between "
    "forbids" },
  { YTX_E_RESPONSE, "answer", DOCTOR_STRANGER,
    "see that host, port and path of the URL lead to the platform: somebody else has answered, such as a "
    "login page" },
  { YTX_E_TIMEOUT, "answer", DOCTOR_SILENCE,
    "try again with a larger --timeout; if it stays, see what a gateway or firewall does to the connection" },
  { YTX_E_IO, "answer", DOCTOR_SILENCE,
    "try again; if it stays, see what a gateway or firewall does to the connection" },
  { YTX_TOO_MANY_REQUESTS, "rate", DOCTOR_BUSY,
    "wait a minute; then ask less often, all programs of this account together" },
};

/* Says what a call has ended with, and what to do. Returns the code. */
static int conclude(const struct arguments *arguments, const struct heard *heard, ytx_status status,
                    const char *json, double ms) {
  const char *advice = status < 0 || status == YTX_E_PLATFORM
                           ? "ask YTX, with the time, the account's SID and the requestId"
                           : ytx_status_text(status);
  const char *step = "answer";
  int code = DOCTOR_PLATFORM;
  size_t i;
  for (i = 0; i < sizeof findings / sizeof *findings; i++) {
    if (findings[i].status != status) continue;
    step = findings[i].step;
    code = findings[i].code;
    advice = findings[i].advice;
  }
  if (status == YTX_E_HTTP && end_code(status, json) == END_LATER) {
    code = DOCTOR_BUSY;
    advice = "wait a minute and try again; if it stays, ask who runs the gateway";
  }
  begin_line(step, "FAILED", ms);
  print_outcome(stdout, status, json);
  if (status == YTX_BAD_AUTHORIZATION) {
    if (heard->clock[0] != '\0') print_step("", "", -1, heard->clock);
    print_china_time();
  }
  if (status == YTX_BAD_SIGN && token_has_blanks(arguments->account.values[AUTH_TOKEN]))
    print_step("", "", -1, "the token begins or ends with a blank");
  return end_with(code, advice);
}

/* Whether TLS, if there is any, has held until an answer came. */
static int has_answered(ytx_status status) {
  return status <= YTX_OK || status == YTX_E_HTTP || status == YTX_E_RESPONSE ||
         status == YTX_E_PLATFORM;
}

/* A room that nobody has named need not exist. Returns the code to end with. */
static int ask_platform(const struct arguments *arguments, const ytx_client *client,
                        const struct heard *heard, int tls) {
  const char *confid = arguments->room != NULL ? arguments->room : "1";
  double before = reach_clock(), ms;
  ytx_status status;
  char *json = ytx_meeting_state(client, arguments->app, confid, &status), words[120];
  int code = 0, unknown = status == YTX_BAD_PARAMETER && arguments->room == NULL;
  ytx_members *members = NULL;
  ms = reach_clock() - before;
  if (!tls)
    print_step("TLS", "-", -1, "not used: the URL begins with http://");
  else if (has_answered(status))
    print_step("TLS", "ok", -1, "the certificate is trusted, and for this host");
  if (status != YTX_OK && !unknown) {
    code = conclude(arguments, heard, status, json, ms);
  } else if (unknown) {
    print_step("call", "ok", ms, "account, token, clock and application were accepted; no room was named");
  } else if ((members = ytx_members_read(json, YTX_MEMBERS_ALL, NULL)) != NULL) {
    snprintf(words, sizeof words, "account, token, clock and application were accepted; members: %zu",
             ytx_members_count(members));
    print_step("call", "ok", ms, words);
  } else {
    print_step("answer", "FAILED", ms, "accepted, but without a list of members");
    code = end_with(DOCTOR_STRANGER, "see that the URL leads to the platform, and report the answer");
  }
  if (code == 0) printf("What to do: nothing, all is well.\n");
  ytx_members_free(members);
  ytx_string_free(json);
  return code;
}

/* Goes the way that the library is to go. Returns the code to end with, or 0 to go on. */
static int try_the_way(const struct arguments *arguments, const struct place *place) {
  const char *source = arguments->options.source_address, *advice;
  double begun = reach_clock(), now;
  int limit = CONNECT_LIMIT_MS, connected;
  char words[REACH_WORDS];
  struct addrinfo *addresses;
  if (arguments->options.timeout_ms > 0 && arguments->options.timeout_ms < CONNECT_LIMIT_MS)
    limit = (int)arguments->options.timeout_ms;
  addresses = reach_look_up(place, source, limit, words, &advice);
  now = reach_clock();
  if (addresses == NULL) {
    print_step("look-up", "FAILED", now - begun, words);
    return end_with(DOCTOR_LOOK_UP, advice);
  }
  print_step("look-up", "ok", now - begun, place->host);
  begun = now;
  connected = reach_connect(addresses, source, limit, words, &advice);
  print_step("connect", connected ? "ok" : "FAILED", reach_clock() - begun, words);
  freeaddrinfo(addresses);
  return connected ? 0 : end_with(DOCTOR_CONNECT, advice);
}

int doctor(const struct arguments *arguments) {
  const struct account *account = &arguments->account;
  const char *url = account->values[BASE_URL], *proxy = account->values[PROXY];
  ytx_options options = arguments->options;
  struct heard heard;
  struct place place;
  ytx_client *client;
  int code;
  memset(&heard, 0, sizeof heard);
  setvbuf(stdout, NULL, _IOLBF, BUFSIZ); /* each step at once, in a pipe too */
  options.log = hear;
  options.log_user_data = &heard;
  options.log_level = YTX_LOG_WARN;
  client = ytx_client_new(account->values[ACCOUNT_SID], account->values[AUTH_TOKEN], &options, NULL);
  if (client == NULL) {
    print_step("settings", "FAILED", -1, heard.refused);
    return end_with(END_USAGE, MEND_SETTING);
  }
  print_settings(account);
  if (url == NULL) url = YTX_PRODUCTION_URL;
  place_of(&place, proxy != NULL ? proxy : url);
  if (proxy != NULL) print_step("proxy", "-", -1, "all goes through it: the steps below are to it");
  code = try_the_way(arguments, &place);
  if (code == 0) code = ask_platform(arguments, client, &heard, strncmp(url, "https:", 6) == 0);
  ytx_client_free(client);
  return code;
}
