/*
 * The floor: a blocking socket a thread, each call signed afresh, head and body in one write, and
 * reads until the answer is complete. Nothing is validated, and there is no timeout.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "request.h"

struct connection {
  struct request request;
  int socket;
  char authority[64];
  char answer[64 * 1024];
};

void *peer_open(const char *url) {
  struct connection *connection = calloc(1, sizeof *connection);
  struct sockaddr_in address = { .sin_family = AF_INET };
  char host[32];
  unsigned short port;
  int on = 1;
  if (connection == NULL) peer_fail("no memory");
  request_open(&connection->request);
  if (sscanf(url, "http://%31[0-9.]:%hu", host, &port) != 2 ||
      inet_pton(AF_INET, host, &address.sin_addr) != 1)
    peer_fail("the URL is not http://A.B.C.D:PORT");
  snprintf(connection->authority, sizeof connection->authority, "%s:%hu", host, port);
  address.sin_port = htons(port);
  connection->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(connection->socket, (struct sockaddr *)&address, sizeof address) != 0)
    peer_fail("cannot connect");
  return connection;
}

/* How long the whole answer is, or 0 while its head is not complete. */
static size_t answer_length(const char *answer, size_t have) {
  static const char name[] = "Content-Length: ";
  const char *end = memmem(answer, have, "\r\n\r\n", 4);
  if (end == NULL) return 0;
  const char *length = memmem(answer, (size_t)(end - answer), name, sizeof name - 1);
  if (length == NULL) peer_fail("the answer has no Content-Length");
  return (size_t)(end + 4 - answer) + strtoul(length + sizeof name - 1, NULL, 10);
}

void peer_call(void *handle, enum work work) {
  struct connection *connection = handle;
  struct request *request = &connection->request;
  char text[1024], length[24];
  request_sign(request, work);
  snprintf(length, sizeof length, "%zu", request->body_length);
  char *end = stpcpy(stpcpy(text, "POST "), request->path);
  end = stpcpy(stpcpy(end, " HTTP/1.1\r\nHost: "), connection->authority);
  end = stpcpy(end, "\r\nAccept: application/json"
                    "\r\nContent-Type: application/json;charset=utf-8"
                    "\r\nAuthorization: ");
  end = stpcpy(stpcpy(end, request->authorization), "\r\nContent-Length: ");
  end = stpcpy(stpcpy(stpcpy(end, length), "\r\n\r\n"), request->body);
  if (write(connection->socket, text, (size_t)(end - text)) != end - text) peer_fail("cannot write");

  size_t have = 0, want = 0;
  while (want == 0 || have < want) {
    ssize_t count =
        read(connection->socket, connection->answer + have, sizeof connection->answer - have);
    if (count <= 0) peer_fail("no whole answer");
    have += (size_t)count;
    if (want == 0) want = answer_length(connection->answer, have);
  }
}

void peer_close(void *handle) {
  struct connection *connection = handle;
  request_close(&connection->request);
  close(connection->socket);
  free(connection);
}
