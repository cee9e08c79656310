/*
 * Asks who is in a conference room, and reads the members with jansson.
 *
 *     cargo rustc --release --features capi --crate-type cdylib
 *     cc -std=c99 examples/c/members.c -Iinclude -Ltarget/release -lytx -ljansson \
 *        -Wl,-rpath,"$PWD/target/release" -o target/members
 *     target/members
 *
 * It needs jansson (Debian: libjansson-dev), and the environment variables that
 * `cargo run -p ytx-sandbox` prints.
 */

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "ytx.h"

/*
 * Prints what the platform sent, or "?" for NULL. A control character could be the start of a
 * command to the terminal; those from U+0080 to U+009F are two bytes long in UTF-8.
 */
static void print_text(FILE *out, const char *text) {
  if (text == NULL) text = "?";
  for (; *text != '\0'; text++) {
    unsigned char byte = (unsigned char)text[0], next = (unsigned char)text[1];
    int two = byte == 0xC2 && next >= 0x80 && next < 0xA0;
    fputc(two || byte < 0x20 || byte == 0x7F ? '?' : *text, out);
    text += two;
  }
}

/* The text in a field: NULL when it is missing, is no string, or object is NULL or no object. */
static const char *text_of(const json_t *object, const char *field) {
  return json_string_value(json_object_get(object, field));
}

/* Prints the members in the answer of a call that went well. Returns 1 when it holds none. */
static int print_members(const char *answer) {
  json_error_t error;
  json_t *root = json_loads(answer, 0, &error);
  const json_t *members, *member;
  size_t i;
  if (root == NULL) {
    fprintf(stderr, "members: the answer can't be read: ");
    print_text(stderr, error.text); /* which quotes from the answer */
    fprintf(stderr, "\n");
    return 1;
  }
  members = json_object_get(root, "statusMsg"); /* still root's: it is released with it */
  if (!json_is_array(members)) {
    fprintf(stderr, "members: the answer holds no list of members\n");
    json_decref(root);
    return 1;
  }
  json_array_foreach(members, i, member) {
    print_text(stdout, text_of(member, "phone"));
    printf("  ");
    print_text(stdout, text_of(member, "statusname"));
    printf("  ");
    print_text(stdout, text_of(member, "ifmutename"));
    printf("\n");
  }
  printf("%lu in the room\n", (unsigned long)json_array_size(members));
  json_decref(root);
  return 0;
}

/* Says how a call failed. There statusMsg is a text, from the platform or from the library. */
static void print_failure(ytx_status status, const char *answer) {
  json_t *root = json_loads(answer, 0, NULL); /* NULL also when there was no memory for an answer */
  fprintf(stderr, "members: %s: ", ytx_status_name(status));
  print_text(stderr, text_of(root, "statusMsg"));
  fprintf(stderr, "\n%s\n", ytx_status_text(status));
  json_decref(root);
}

int main(void) {
  ytx_options options = YTX_OPTIONS_INIT;
  const char *appid = getenv("YTX_APPID"), *confid = getenv("YTX_CONFID");
  ytx_client *client;
  ytx_status status;
  char *answer;
  int failed = 1;

  /* What is not set is NULL: the library answers that with YTX_E_INVALID_ARGUMENT, and without
     YTX_BASE_URL it asks the platform itself. */
  options.base_url = getenv("YTX_BASE_URL");
  client = ytx_client_new(getenv("YTX_ACCOUNT_SID"), getenv("YTX_AUTH_TOKEN"), &options, &status);
  if (client == NULL) {
    fprintf(stderr, "members: %s\n", ytx_status_text(status));
    return 1;
  }

  answer = ytx_meeting_state(client, appid, confid, &status);
  if (status == YTX_OK && answer != NULL)
    failed = print_members(answer);
  else
    print_failure(status, answer);

  /* jansson has copied what it read, so the two are released apart from each other. */
  ytx_string_free(answer);
  ytx_client_free(client);
  return failed;
}
