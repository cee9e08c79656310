/*
 * ytx: locks and unlocks a YTX conference room, shows who is in it, and finds out why that fails.
 *
 * ../README.md says how it is built, and `ytx --help` what it can do.
 */

#define _XOPEN_SOURCE 700

#include <locale.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "doctor.h"
#include "outcome.h"
#include "room.h"
#include "table.h"
#include "text.h"
#include "watch.h"
#include "arguments.h"
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
static int show(const struct arguments *arguments, ytx_status status, const char *json) {
  struct room room;
  if (arguments->json && json != NULL) print_json(json);
  if (status != YTX_OK) {
    print_failure(status, json);
    return end_code(status, json);
  }
  if (arguments->json) return 0;
  if (arguments->action == STATE) {
    if (!room_read(&room, json, YTX_MEMBERS_ALL)) return END_UNUSABLE;
    print_table(stdout, &room);
    room_free(&room);
  } else {
    printf("Room ");
    print_text(stdout, arguments->room, SIZE_MAX);
    printf(" is %s.\n", arguments->action == LOCK ? "locked" : "unlocked");
  }
  return 0;
}

/* Makes the one call of lock, unlock or state. Returns the code to end with. */
static int ask(const ytx_client *client, const struct arguments *arguments) {
  ytx_status status;
  char *json;
  int code;
  if (arguments->action == STATE)
    json = ytx_meeting_state(client, arguments->app, arguments->room, &status);
  else
    json = ytx_lock_meeting(client, arguments->app, arguments->room,
                            arguments->action == LOCK ? YTX_LOCK : YTX_UNLOCK, &status);
  code = show(arguments, status, json);
  ytx_string_free(json);
  return code;
}

/* Does all but the doctor's. Returns the code to end with; *signal receives the signal that ended a
   watch. */
static int work(struct arguments *arguments, int *signal) {
  ytx_client *client;
  int code;
  arguments->options.log = print_error;
  arguments->options.log_level = YTX_LOG_ERROR;
  client = ytx_client_new(arguments->account.values[ACCOUNT_SID],
                          arguments->account.values[AUTH_TOKEN], &arguments->options, NULL);
  if (client == NULL) return END_USAGE;
  if (arguments->action == WATCH)
    code = watch(client, arguments->app, arguments->room, arguments->interval, signal);
  else
    code = ask(client, arguments);
  ytx_client_free(client);
  return code;
}

int main(int count, char **words) {
  struct arguments arguments;
  int code, signal = 0;
  setlocale(LC_CTYPE, ""); /* the program's business, never the library's */
  arguments = read_arguments(count, words);
  code = arguments.action == DOCTOR ? doctor(&arguments) : work(&arguments, &signal);
  account_free(&arguments.account);
  if (fflush(stdout) != 0 || ferror(stdout)) {
    fprintf(stderr, "ytx: the output can't be written\n");
    code = END_UNUSABLE;
  }
  /* Ended by the signal itself, so that a shell's loop around the command ends too. */
  if (signal != 0) raise(signal);
  return code;
}
