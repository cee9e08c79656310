/*
 * What libytx's clients take of memory and descriptors.
 *
 *     memory URL each lock|state   prints the resident bytes of a client at rest, and those that
 *                                  its kept connection adds
 *     memory URL lap               10 000 clients are made, used once and freed, three times; prints
 *                                  the resident bytes and the descriptors after each lap
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "measure.h"
#include "peer.h"
#include "ytx.h"

enum { AT_REST = 1000, KEPT = 500 /* the usual limit is 1024 descriptors */, LAP = 10000 };

static const char *url;

void peer_fail(const char *what) {
  fprintf(stderr, "memory: %s\n", what);
  exit(1);
}

static ytx_client *make(void) {
  ytx_options options = YTX_OPTIONS_INIT;
  options.base_url = url;
  ytx_client *client = ytx_client_new(SID, TOKEN, &options, NULL);
  if (client == NULL) peer_fail("no client");
  return client;
}

static void use(const ytx_client *client, enum work work) {
  ytx_status status;
  char *json = work == LOCK ? ytx_lock_meeting(client, APPID, CONFID, YTX_LOCK, &status)
                            : ytx_meeting_state(client, APPID, CONFID, &status);
  if (status != YTX_OK) peer_fail(ytx_status_name(status));
  ytx_string_free(json);
}

static int descriptors(void) {
  int count = 0;
  DIR *folder = opendir("/proc/self/fd");
  if (folder == NULL) peer_fail("no /proc/self/fd");
  while (readdir(folder) != NULL) count++;
  closedir(folder);
  return count;
}

static void each(enum work work) {
  static ytx_client *clients[AT_REST];
  use(clients[0] = make(), work); /* what is only done once is done */
  ytx_client_free(clients[0]);
  int64_t before = resident_bytes();
  for (int i = 0; i < AT_REST; i++) clients[i] = make();
  int64_t made = resident_bytes();
  for (int i = 0; i < KEPT; i++) use(clients[i], work);
  int64_t used = resident_bytes();
  printf("%lld %lld\n", (long long)(made - before) / AT_REST, (long long)(used - made) / KEPT);
  for (int i = 0; i < AT_REST; i++) ytx_client_free(clients[i]);
}

static void lap(void) {
  for (int i = 0; i < LAP; i++) {
    ytx_client *client = make();
    use(client, LOCK);
    ytx_client_free(client);
  }
  printf("%lld %d\n", (long long)resident_bytes(), descriptors());
}

int main(int argc, char **argv) {
  if (argc < 3) peer_fail("usage: memory URL each lock|state, or memory URL lap");
  url = argv[1];
  if (strcmp(argv[2], "each") == 0 && argc == 4) {
    each(strcmp(argv[3], "state") == 0 ? STATE : LOCK);
  } else {
    for (int i = 0; i < 3; i++) lap();
  }
  return 0;
}
