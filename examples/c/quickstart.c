/*
 * Locks a conference room, shows who is in it, unlocks it; then shows what a refusal and a local
 * error look like.
 *
 * `cargo run --example quickstart` runs this against the local sandbox. By hand, at the root of
 * the repository:
 *
 *     cargo rustc --release --features capi --crate-type cdylib
 *     cc -std=c99 examples/c/quickstart.c -Iinclude -Ltarget/release -lytx \
 *        -Wl,-rpath,"$PWD/target/release" -o target/quickstart
 *     target/quickstart
 *
 * It says which environment variables it needs; `cargo run -p ytx-sandbox` prints a set of them.
 */

#include <stdio.h>
#include <stdlib.h>

#include "ytx.h"

/*
 * Prints what the platform sent. A control character could be the start of a command to the
 * terminal; those from U+0080 to U+009F are two bytes long in UTF-8.
 */
static void print_text(const char *text) {
  for (; *text != '\0'; text++) {
    unsigned char byte = (unsigned char)text[0], next = (unsigned char)text[1];
    int two = byte == 0xC2 && next >= 0x80 && next < 0xA0;
    putchar(two || byte < 0x20 || byte == 0x7F ? '?' : *text);
    text += two;
  }
}

/* What ytx_members_online() and ytx_members_muted() say. */
static const char *yes_or_no(int32_t answer) {
  return answer == 1 ? "yes" : answer == 0 ? "no" : "?";
}

/* Prints the members in an answer to ytx_meeting_state(). Returns 1 when it holds no list. */
static int print_members(const char *json) {
  ytx_members *members = ytx_members_read(json, YTX_MEMBERS_ALL, NULL);
  size_t i, count = ytx_members_count(members);
  if (members == NULL) {
    printf("   The answer holds no list of members.\n");
    return 1;
  }
  printf("   online  muted  phone\n");
  for (i = 0; i < count; i++) {
    printf("   %-6s  %-5s  ", yes_or_no(ytx_members_online(members, i)),
           yes_or_no(ytx_members_muted(members, i)));
    print_text(ytx_members_phone(members, i));
    printf("\n");
  }
  printf("   %lu in the room\n", (unsigned long)count);
  ytx_members_free(members);
  return 0;
}

/* Prints how a call ended. */
static void report(ytx_status status, const char *json) {
  printf("   %s (%d): %s\n", ytx_status_name(status), (int)status, ytx_status_text(status));
  printf("   ");
  print_text(json != NULL ? json : "(no memory for the answer)");
  printf("\n");
}

static int set_lock(const ytx_client *client, const char *appid, const char *confid,
                    int32_t lackstate) {
  ytx_status status;
  char *json = ytx_lock_meeting(client, appid, confid, lackstate, &status);
  report(status, json);
  ytx_string_free(json);
  return status != YTX_OK;
}

static int show_members(const ytx_client *client, const char *appid, const char *confid) {
  ytx_status status;
  int failed = 1;
  char *json = ytx_meeting_state(client, appid, confid, &status);
  if (status == YTX_OK)
    failed = print_members(json);
  else
    report(status, json);
  ytx_string_free(json);
  return failed;
}

/* The platform says no: the status is its own code, and the text says what can be done. */
static int show_refusal(const ytx_client *client, const char *confid) {
  ytx_status status;
  char *json = ytx_meeting_state(client, "an-appid-of-nobody", confid, &status);
  report(status, json);
  ytx_string_free(json);
  return status != YTX_APP_CHECK_FAILED;
}

/* Nobody listens on port 1: the status is the library's own, and "sent" in the JSON is false. */
static int show_local_error(const char *sid, const char *token, const char *appid,
                            const char *confid) {
  ytx_options options = YTX_OPTIONS_INIT;
  ytx_client *client;
  ytx_status status;
  char *json;
  options.base_url = "http://127.0.0.1:1";
  client = ytx_client_new(sid, token, &options, &status);
  json = ytx_meeting_state(client, appid, confid, &status);
  report(status, json);
  printf("   Worth trying again? %s.\n", ytx_status_is_retryable(status) ? "Yes, later" : "No");
  ytx_string_free(json);
  ytx_client_free(client);
  return status != YTX_E_CONNECT;
}

/* Reads an environment variable, and says so when it is missing. */
static const char *need(const char *name, const char *what, int *missing) {
  const char *value = getenv(name);
  if (value != NULL && *value != '\0') return value;
  fprintf(stderr, "quickstart: set %s to %s.\n", name, what);
  *missing = 1;
  return "";
}

int main(void) {
  int missing = 0, failed = 0;
  const char *url = need("YTX_BASE_URL", "the platform, such as " YTX_SANDBOX_URL, &missing);
  const char *sid = need("YTX_ACCOUNT_SID", "the account's SID", &missing);
  const char *token = need("YTX_AUTH_TOKEN", "the account's auth token", &missing);
  const char *appid = need("YTX_APPID", "an application with the conference feature", &missing);
  const char *confid = need("YTX_CONFID", "a room, which is locked for a moment", &missing);
  ytx_options options = YTX_OPTIONS_INIT;
  ytx_client *client;
  ytx_status status;

  if (missing) {
    fprintf(stderr, "`cargo run -p ytx-sandbox` starts a local platform and prints them all.\n");
    return 2;
  }

  options.base_url = url;
  options.timeout_ms = 10000;
  client = ytx_client_new(sid, token, &options, &status);
  if (client == NULL) {
    fprintf(stderr, "quickstart: %s\n", ytx_status_text(status));
    return 1;
  }

  printf("libytx %s\n\n1. Lock room %s\n", ytx_version(), confid);
  if (set_lock(client, appid, confid, YTX_LOCK) == 0) {
    printf("\n2. Who is in room %s\n", confid);
    failed |= show_members(client, appid, confid);
    printf("\n3. Unlock room %s\n", confid);
    failed |= set_lock(client, appid, confid, YTX_UNLOCK);
    printf("\n4. A refusal: an appid that isn't ours\n");
    failed |= show_refusal(client, confid);
    printf("\n5. A local error: a port nobody listens on\n");
    failed |= show_local_error(sid, token, appid, confid);
  } else {
    failed = 1;
  }
  ytx_client_free(client);
  printf("\n%s\n", failed ? "Not everything went as it should." : "All as it should be.");
  return failed;
}
