/* Watches a room: see watch.h. */

#define _XOPEN_SOURCE 700

#include "watch.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "changes.h"
#include "outcome.h"
#include "room.h"
#include "stop.h"
#include "table.h"
#include "text.h"

struct view {
  int terminal; /* the table is shown */
  unsigned interval;
  int known; /* whether there was an answer: then room is the last one */
  struct room room;
  ytx_status failure; /* the one that is shown already, or YTX_OK */
  size_t drawn;       /* lines of the table, just above the cursor */
};

static struct winsize window(void) {
  struct winsize size;
  memset(&size, 0, sizeof size);
  ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
  if (size.ws_row == 0) size.ws_row = 24;
  if (size.ws_col == 0) size.ws_col = 80;
  return size;
}

/* The time of day, for the lines. */
static const char *now(void) {
  static char text[32];
  time_t seconds = time(NULL);
  struct tm parts;
  if (localtime_r(&seconds, &parts) == NULL || strftime(text, sizeof text, "%F %T", &parts) == 0)
    text[0] = '\0';
  return text;
}

/* Only the cursor is moved, and no mode is set: whatever ends the program, nothing has to be put
   back. */
static void erase(struct view *view) {
  if (view->drawn > 0) printf("\033[%zuA\r\033[J", view->drawn);
  view->drawn = 0;
}

/* Makes room for a message on stderr, which may be the same terminal. */
static void make_room(struct view *view) {
  erase(view);
  fflush(stdout);
}

/* Draws what fits into the window: what has scrolled out of it can't be erased. */
static void draw(struct view *view) {
  char *table, *line;
  size_t length;
  FILE *out;
  struct winsize size = window();
  if (!view->terminal || !view->known) return;
  out = need(open_memstream(&table, &length));
  print_table(out, &view->room);
  if (fclose(out) != 0) need(NULL);
  for (line = strtok(table, "\n"); line != NULL; line = strtok(NULL, "\n")) {
    view->drawn++;
    if (view->drawn + 1 >= size.ws_row) { /* the last one, above that of the cursor */
      printf("...\n");
      break;
    }
    print_text(stdout, line, size.ws_col - 1u);
    printf("\n");
  }
  free(table);
}

/* Shows what an answer has changed. Returns the code to end with, or 0 to go on. */
static int show_answer(struct view *view, const char *json) {
  struct room room;
  const struct room *before = &view->room;
  char *lines;
  size_t length;
  FILE *out;
  if (!room_read(&room, json)) return END_UNUSABLE;
  if (view->failure != YTX_OK) {
    view->failure = YTX_OK;
    make_room(view);
    fprintf(stderr, "ytx: %s  answered again\n", now());
  }
  if (!view->known) before = view->terminal ? &room : NULL; /* the table shows who is there */
  out = need(open_memstream(&lines, &length));
  print_changes(out, now(), before, &room);
  if (fclose(out) != 0) need(NULL);
  if (view->known) room_free(&view->room);
  view->room = room;
  view->known = 1;
  if (length > 0 || view->drawn == 0) {
    erase(view);
    fputs(lines, stdout);
    draw(view);
  }
  free(lines);
  return fflush(stdout) == 0 ? 0 : END_UNUSABLE;
}

/* Shows a failure, once, unless it is for good. Returns the code to end with, or 0 to go on. */
static int show_failure(struct view *view, ytx_status status, const char *json) {
  int code = end_code(status, json);
  if (code != END_LATER) {
    print_failure(status, json);
    return code;
  }
  if (status == view->failure) return 0;
  view->failure = status;
  make_room(view);
  print_failure(status, json);
  fprintf(stderr, "ytx: %s  asking again every %u s\n", now(), view->interval);
  draw(view);
  return fflush(stdout) == 0 ? 0 : END_UNUSABLE;
}

int watch(const ytx_client *client, const char *appid, const char *confid, unsigned interval,
          int *signal) {
  const char *kind = getenv("TERM");
  struct view view;
  struct stop stop;
  int code = 0;
  memset(&view, 0, sizeof view);
  view.interval = interval;
  view.terminal = isatty(STDOUT_FILENO) && kind != NULL && strcmp(kind, "dumb") != 0;
  setvbuf(stdout, NULL, _IOFBF, BUFSIZ); /* each picture at once */
  if (!stop_begin(&stop, client)) return END_UNUSABLE;
  do {
    ytx_status status;
    char *json = ytx_meeting_state(client, appid, confid, &status);
    if (status == YTX_OK)
      code = show_answer(&view, json);
    else if (status != YTX_E_CANCELLED) /* then the pause is over before it begins */
      code = show_failure(&view, status, json);
    ytx_string_free(json);
  } while (code == 0 && !stop_pause(&stop, interval));
  *signal = stop_end(&stop);
  if (*signal != 0 && view.terminal) printf("\n"); /* after the ^C that the terminal shows */
  if (view.known) room_free(&view.room);
  return code;
}
