/*
 * Asks who is in a conference room, and reads the members.
 *
 *     cargo rustc --release --features capi --crate-type cdylib
 *     cc -std=c99 examples/c/members.c -Iinclude -Ltarget/release -lytx \
 *        -Wl,-rpath,"$PWD/target/release" -o target/members
 *     target/members
 *
 * It needs the environment variables that `cargo run -p ytx-sandbox` prints.
 */

#include <stdio.h>
#include <stdlib.h>

#include "ytx.h"

/*
 * Prints what the platform sent. A control character could be the start of a command to the
 * terminal; those from U+0080 to U+009F are two bytes long in UTF-8.
 */
static void print_text(FILE *out, const char *text) {
  for (; *text != '\0'; text++) {
    unsigned char byte = (unsigned char)text[0], next = (unsigned char)text[1];
    int two = byte == 0xC2 && next >= 0x80 && next < 0xA0;
    fputc(two || byte < 0x20 || byte == 0x7F ? '?' : *text, out);
    text += two;
  }
}

/* Prints the members in an answer. Returns what kept it from that, or YTX_OK. */
static ytx_status print_members(const char *answer) {
  ytx_status status;
  ytx_members *members = ytx_members_read(answer, YTX_MEMBERS_ALL, &status);
  size_t i, count = ytx_members_count(members); /* 0 for NULL */
  for (i = 0; i < count; i++) {
    print_text(stdout, ytx_members_phone(members, i));
    printf("  ");
    print_text(stdout, ytx_members_statusname(members, i));
    printf("  ");
    print_text(stdout, ytx_members_ifmutename(members, i));
    printf("\n");
  }
  if (status == YTX_OK) printf("%lu in the room\n", (unsigned long)count);
  ytx_members_free(members);
  return status;
}

int main(void) {
  ytx_options options = YTX_OPTIONS_INIT;
  const char *appid = getenv("YTX_APPID"), *confid = getenv("YTX_CONFID");
  ytx_client *client;
  ytx_status status;
  char *answer;

  /* What is not set is NULL: the library answers that with YTX_E_INVALID_ARGUMENT, and without
     YTX_BASE_URL it asks the platform itself. */
  options.base_url = getenv("YTX_BASE_URL");
  client = ytx_client_new(getenv("YTX_ACCOUNT_SID"), getenv("YTX_AUTH_TOKEN"), &options, &status);
  if (client == NULL) {
    fprintf(stderr, "members: %s\n", ytx_status_text(status));
    return 1;
  }

  answer = ytx_meeting_state(client, appid, confid, &status);
  if (status == YTX_OK) status = print_members(answer);
  if (status != YTX_OK) {
    fprintf(stderr, "members: %s: %s\n", ytx_status_name(status), ytx_status_text(status));
    print_text(stderr, answer != NULL ? answer : "there was no memory for the answer");
    fprintf(stderr, "\n");
  }

  ytx_string_free(answer);
  ytx_client_free(client);
  return status != YTX_OK;
}
