/* Watches a room: see watch.h. */

#define _XOPEN_SOURCE 700

#include "watch.h"

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
  int known;    /* whether there was news: then room is the last one */
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

/* Shows what there is to see of the room. Returns the code to end with, or 0 to go on. */
static int show_news(struct view *view, const char *json) {
  struct room room;
  int first = !view->known;
  if (!room_read(&room, json, YTX_MEMBERS_ALL)) return END_UNUSABLE;
  if (view->failure != YTX_OK) {
    view->failure = YTX_OK;
    make_room(view);
    fprintf(stderr, "ytx: %s  answered again\n", now());
  }
  if (!first) room_free(&view->room);
  view->room = room;
  view->known = 1;
  erase(view);
  if (!first)
    print_changes(stdout, now(), json);
  else if (!view->terminal) /* where the table does not show who is there */
    print_present(stdout, now(), &view->room);
  draw(view);
  return fflush(stdout) == 0 ? 0 : END_UNUSABLE;
}

/* Shows a failure that may pass, once. Returns the code to end with, or 0 to go on. */
static int show_failure(struct view *view, ytx_status status, const char *json) {
  if (status == view->failure) return 0;
  view->failure = status;
  make_room(view);
  print_failure(status, json);
  fprintf(stderr, "ytx: %s  asking again\n", now());
  draw(view);
  return fflush(stdout) == 0 ? 0 : END_UNUSABLE;
}

/* Shows a failure that ends it. Returns the code to end with. */
static int show_end(struct view *view, ytx_status status, const char *json) {
  if (status == YTX_E_CANCELLED) return 0; /* by a signal */
  make_room(view);
  print_failure(status, json);
  return end_code(status, json);
}

/* Asks once, since a watch does not tell of a failure before the third. Returns the code to end
   with, or 0 to go on. */
static int try_once(struct view *view, const ytx_client *client, const char *appid,
                    const char *confid) {
  struct room room;
  ytx_status status;
  char *json = ytx_meeting_state(client, appid, confid, &status);
  int code = end_code(status, json);
  if (code == END_LATER)
    code = show_failure(view, status, json);
  else if (status != YTX_OK)
    code = show_end(view, status, json);
  else if (room_read(&room, json, YTX_MEMBERS_ALL))
    room_free(&room);
  else
    code = END_UNUSABLE;
  ytx_string_free(json);
  return code;
}

/* Shows the events until the watch ends. Returns the code to end with. */
static int show_events(struct view *view, ytx_queue *queue) {
  ytx_event event = YTX_EVENT_INIT;
  int code = 0, over = 0;
  while (code == 0 && !over && ytx_queue_take(queue, &event, -1) == 1) {
    over = event.type != YTX_EVENT_ROOM;
    if (over)
      code = show_end(view, event.status, event.json);
    else if (event.status == YTX_OK)
      code = show_news(view, event.json);
    else
      code = show_failure(view, event.status, event.json);
    ytx_string_free(event.json);
  }
  return code;
}

int watch(const ytx_client *client, const char *appid, const char *confid, unsigned interval,
          int *signal) {
  const char *kind = getenv("TERM");
  struct view view;
  struct stop stop;
  ytx_queue *queue;
  ytx_status status;
  int code;
  memset(&view, 0, sizeof view);
  view.terminal = isatty(STDOUT_FILENO) && kind != NULL && strcmp(kind, "dumb") != 0;
  setvbuf(stdout, NULL, _IOFBF, BUFSIZ); /* each picture at once */
  if (!stop_begin(&stop, client)) return END_UNUSABLE;
  queue = ytx_queue_new(NULL, &status);
  code = queue != NULL ? try_once(&view, client, appid, confid) : show_end(&view, status, NULL);
  if (code == 0) {
    ytx_watch_meeting(client, queue, appid, confid, interval * 1000, 0, &status);
    code = status == YTX_OK ? show_events(&view, queue) : show_end(&view, status, NULL);
  }
  *signal = stop_end(&stop);
  ytx_queue_free(queue);
  if (*signal != 0 && view.terminal) printf("\n"); /* after the ^C that the terminal shows */
  if (view.known) room_free(&view.room);
  return code;
}
