/*
 * ytx: locks and unlocks a YTX conference room, and shows who is in it.
 *
 * README.md says how it is built, and `ytx --help` what it can do.
 */

#define _XOPEN_SOURCE 700

#include <locale.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "outcome.h"
#include "room.h"
#include "table.h"
#include "text.h"
#include "watch.h"
#include "wish.h"
#include "ytx.h"

/* The library names the argument that makes no client. */
static void print_error(int32_t level, const char *message, void *user_data) {
  (void)level;
  (void)user_data;
  fprintf(stderr, "ytx: %s\n", message);
}

/* To the byte, with a newline; but a terminal takes some bytes for commands. */
static void print_json(const char *json) {
  if (isatty(STDOUT_FILENO))
    print_text(stdout, json, SIZE_MAX);
  else
    fputs(json, stdout);
  printf("\n");
}

/* Shows the answer to lock, unlock or state. Returns the code to end with. */
static int show(const struct wish *wish, ytx_status status, const char *json) {
  struct room room;
  if (wish->json && json != NULL) print_json(json);
  if (status != YTX_OK) {
    print_failure(status, json);
    return end_code(status, json);
  }
  if (wish->json) return 0;
  if (wish->action == STATE) {
    if (!room_read(&room, json)) return END_UNUSABLE;
    print_table(stdout, &room);
    room_free(&room);
  } else {
    printf("Room ");
    print_text(stdout, wish->room, SIZE_MAX);
    printf(" is %s.\n", wish->action == LOCK ? "locked" : "unlocked");
  }
  return 0;
}

/* Makes the one call of lock, unlock or state. Returns the code to end with. */
static int ask(const ytx_client *client, const struct wish *wish) {
  ytx_status status;
  char *json;
  int code;
  if (wish->action == STATE)
    json = ytx_meeting_state(client, wish->app, wish->room, &status);
  else
    json = ytx_lock_meeting(client, wish->app, wish->room,
                            wish->action == LOCK ? YTX_LOCK : YTX_UNLOCK, &status);
  code = show(wish, status, json);
  ytx_string_free(json);
  return code;
}

int main(int count, char **arguments) {
  struct wish wish;
  ytx_client *client;
  int code, signal = 0;
  setlocale(LC_CTYPE, ""); /* the program's business, never the library's */
  wish = read_wish(count, arguments);
  wish.options.log = print_error;
  wish.options.log_level = YTX_LOG_ERROR;
  client = ytx_client_new(wish.sid, wish.token, &wish.options, NULL);
  if (client == NULL) return END_USAGE;
  if (wish.action == WATCH)
    code = watch(client, wish.app, wish.room, wish.interval, &signal);
  else
    code = ask(client, &wish);
  ytx_client_free(client);
  if (fflush(stdout) != 0 || ferror(stdout)) {
    fprintf(stderr, "ytx: the output can't be written\n");
    code = END_UNUSABLE;
  }
  /* Ended by the signal itself, so that a shell's loop around the command ends too. */
  if (signal != 0) raise(signal);
  return code;
}
