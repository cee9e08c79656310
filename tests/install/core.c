/*
 * Something to look into: "abort" ends the program while a call waits for its answer, "busy" reads
 * members for a while.
 */
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "ytx.h"

static ytx_client *client;

static void *call(void *unused) {
  (void)unused;
  ytx_string_free(ytx_lock_meeting(client, "app", "002", YTX_LOCK, NULL));
  return NULL;
}

static int is_on_its_way(void) {
  char *json = ytx_client_stats(client, NULL);
  int is = strstr(json, "\"inFlight\":1") != NULL;
  ytx_string_free(json);
  return is;
}

/* The server is this program's own socket, which accepts nobody. */
static void end_in_a_call(void) {
  ytx_options options = YTX_OPTIONS_INIT;
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  char url[50];
  pthread_t thread;

  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 5) != 0) exit(1);
  getsockname(listener, (struct sockaddr *)&address, &length);
  snprintf(url, sizeof url, "http://127.0.0.1:%d", ntohs(address.sin_port));
  options.base_url = url;
  client = ytx_client_new("sid", "token", &options, NULL);
  if (client == NULL || pthread_create(&thread, NULL, call, NULL) != 0) exit(1);
  while (!is_on_its_way()) usleep(1000);
  usleep(100000); /* it is counted a moment before it waits */
  abort();
}

static void read_members(void) {
  static const char json[] =
      "{\"statusCode\":\"0\",\"statusMsg\":[{\"meid\":\"0\",\"phone\":\"131****1314\","
      "\"statusname\":\"\\u5728\\u7ebf\",\"ifmutename\":\"\\u672a\\u9759\\u97f3\"}]}";
  int i;
  for (i = 0; i < 300000; i++) ytx_members_free(ytx_members_read(json, YTX_MEMBERS_ALL, NULL));
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "abort") == 0) end_in_a_call();
  if (argc == 2 && strcmp(argv[1], "busy") == 0) read_members();
  return 0;
}
