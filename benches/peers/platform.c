/*
 * The platform, for peers with thousands of calls on their way at once: one thread, epoll, the same
 * small answer for every request, after a delay.
 *
 *     platform DELAY_MS      -1: no answer ever
 *
 * Prints its port. When its standard input ends it prints how many requests waited for their answer
 * at once, at most, and ends.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 512, REQUEST = 2048 };

static const char answer[] =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json;charset=utf-8\r\nContent-Length: 45\r\n\r\n"
    "{\"statusCode\":\"0\",\"statusMsg\":\"提交成功\"}";

struct connection {
  unsigned generation; /* the descriptor's number may be that of another connection by then */
  size_t have;
  char request[REQUEST];
};

struct owed {
  int64_t due;
  int fd;
  unsigned generation;
};

static struct connection *connections; /* by descriptor */
static size_t descriptors;
/* All are delayed alike, so they are due in the order they came in. Each connection owes one. */
static struct owed *owed;
static size_t first_owed, owing, most_owing;
static int64_t delay;
static int epoll;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void drop(int fd) {
  connections[fd].generation++;
  connections[fd].have = 0;
  close(fd);
}

static void send_answer(int fd) {
  if (send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL) != sizeof answer - 1) drop(fd);
}

static void owe(int fd) {
  if (owing == descriptors) fail("more requests than connections");
  owed[(first_owed + owing++) % descriptors] =
      (struct owed){ now_ms() + delay, fd, connections[fd].generation };
  if (owing > most_owing) most_owing = owing;
}

static void pay(void) {
  int64_t now = now_ms();
  while (owing > 0 && owed[first_owed].due <= now) {
    struct owed next = owed[first_owed];
    first_owed = (first_owed + 1) % descriptors;
    owing--;
    if (connections[next.fd].generation == next.generation) send_answer(next.fd);
  }
}

/* How long the request is that begins here, or 0 while its head is not complete. */
static size_t request_length(const char *request, size_t have) {
  static const char name[] = "\r\nContent-Length: ";
  const char *end = memmem(request, have, "\r\n\r\n", 4);
  if (end == NULL) return 0;
  const char *length = memmem(request, (size_t)(end - request), name, sizeof name - 1);
  if (length == NULL) fail("a request without Content-Length");
  return (size_t)(end + 4 - request) + strtoul(length + sizeof name - 1, NULL, 10);
}

static void serve(int fd) {
  struct connection *connection = &connections[fd];
  ssize_t count = recv(fd, connection->request + connection->have, REQUEST - connection->have, 0);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) {
    drop(fd);
    return;
  }
  connection->have += (size_t)count;
  size_t length = request_length(connection->request, connection->have);
  if (length == 0 || length > connection->have) return;
  if (length < connection->have) fail("a request before the answer to the last one");
  connection->have = 0;
  if (delay == 0) send_answer(fd);
  else owe(fd);
}

static void accept_all(int listener) {
  int fd, on = 1;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
    if ((size_t)fd >= descriptors) fail("a descriptor above the limit");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
  }
  if (errno != EAGAIN) fail("accept4");
}

static int listen_anywhere(void) {
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t length = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 65535) != 0 ||
      getsockname(listener, (struct sockaddr *)&address, &length) != 0)
    fail("listen");
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  return listener;
}

int main(int argc, char **argv) {
  struct epoll_event events[EVENTS];
  struct rlimit limit;
  delay = argc == 2 ? atoll(argv[1]) : 0;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  descriptors = limit.rlim_cur;
  connections = calloc(descriptors, sizeof *connections);
  owed = calloc(descriptors, sizeof *owed);
  if (connections == NULL || owed == NULL) fail("memory");

  int listener = listen_anywhere();
  epoll = epoll_create1(EPOLL_CLOEXEC);
  for (int i = 0; i < 2; i++) {
    int fd = i == 0 ? listener : STDIN_FILENO;
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
  }
  for (;;) {
    int64_t wait = delay > 0 && owing > 0 ? owed[first_owed].due - now_ms() : -1;
    int count = epoll_wait(epoll, events, EVENTS, owing > 0 && delay > 0 && wait < 0 ? 0 : (int)wait);
    for (int i = 0; i < count; i++) {
      if (events[i].data.fd == listener) accept_all(listener);
      else if (events[i].data.fd != STDIN_FILENO) serve(events[i].data.fd);
      else return printf("%zu\n", most_owing), 0;
    }
    if (delay > 0) pay();
  }
}
