/* Looks up and connects: see reach.h. */

#define _XOPEN_SOURCE 700

#include "reach.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "outcome.h"

enum { MOST_ADDRESSES = 16 };

double reach_clock(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1000 + (double)now.tv_nsec / 1e6;
}

void place_of(struct place *place, const char *url) {
  int tls = strncmp(url, "https:", 6) == 0;
  const char *from = strstr(url, "://") + 3, *end, *colon;
  /* Behind a proxy's password. An @ in a path is none of that. */
  const char *at = strrchr(from, '@');
  if (at != NULL && at < from + strcspn(from, "/")) from = at + 1;
  end = from + strcspn(from, "/");
  colon = *from == '[' ? strchr(from, ']') + 1 : from + strcspn(from, ":/");
  snprintf(place->port, sizeof place->port, "%.*s", colon < end ? (int)(end - colon - 1) : 0,
           colon < end ? colon + 1 : "");
  if (place->port[0] == '\0') strcpy(place->port, tls ? "443" : "80");
  if (*from == '[') from++, colon--;
  snprintf(place->host, sizeof place->host, "%.*s", (int)(colon - from), from);
}

/* A look-up can't be ended, only left behind, and then this is left to it. */
struct look_up {
  struct place place;
  struct addrinfo hints, *found;
  int error, system_error;
  int done[2]; /* a pipe: a byte comes when the rest is there */
};

static void *look_up(void *argument) {
  struct look_up *it = argument;
  it->error = getaddrinfo(it->place.host, it->place.port, &it->hints, &it->found);
  it->system_error = errno;
  if (write(it->done[1], "", 1) != 1) it->error = EAI_SYSTEM;
  return NULL;
}

/* The family of a numeric address; of none, any. */
static int family_of(const char *address) {
  if (address == NULL) return AF_UNSPEC;
  return strchr(address, ':') != NULL ? AF_INET6 : AF_INET;
}

struct addrinfo *reach_look_up(const struct place *place, const char *source, int limit_ms,
                               char *why, const char **advice) {
  struct look_up *it = need(calloc(1, sizeof *it));
  struct pollfd wait;
  struct addrinfo *found;
  pthread_t thread;
  int error, system_error;
  it->place = *place;
  it->hints.ai_family = family_of(source);
  it->hints.ai_socktype = SOCK_STREAM;
  if (pipe(it->done) != 0 || pthread_create(&thread, NULL, look_up, it) != 0) need(NULL);
  wait.fd = it->done[0];
  wait.events = POLLIN;
  if (poll(&wait, 1, limit_ms) != 1) {
    pthread_detach(thread);
    snprintf(why, REACH_WORDS, "no answer about %s within %d ms", place->host, limit_ms);
    *advice = "see that the name servers of /etc/resolv.conf can be reached and answer";
    return NULL;
  }
  pthread_join(thread, NULL);
  error = it->error;
  system_error = it->system_error;
  found = it->found;
  close(it->done[0]);
  close(it->done[1]);
  free(it);
  if (error == 0) return found;
  snprintf(why, REACH_WORDS, "%s: %s", place->host,
           error == EAI_SYSTEM ? strerror(system_error) : gai_strerror(error));
  *advice = error == EAI_AGAIN
                ? "see that the name servers of /etc/resolv.conf can be reached and answer"
                : "correct the host's name in the URL; if it is right, ask who runs the name servers of "
                  "/etc/resolv.conf";
  return NULL;
}

/* Begins to connect. Returns the socket, or -1 with errno. */
static int begin(const struct addrinfo *address, const char *source) {
  struct addrinfo hints, *from;
  int error, fd = socket(address->ai_family, SOCK_STREAM, 0);
  if (fd < 0) return -1;
  fcntl(fd, F_SETFL, O_NONBLOCK);
  if (source != NULL) {
    memset(&hints, 0, sizeof hints);
    hints.ai_flags = AI_NUMERICHOST;
    hints.ai_socktype = SOCK_STREAM;
    if (getaddrinfo(source, NULL, &hints, &from) == 0) { /* the library has seen that it is one */
      error = bind(fd, from->ai_addr, from->ai_addrlen) != 0 ? errno : 0;
      freeaddrinfo(from);
      if (error != 0) goto failed;
    }
  }
  if (connect(fd, address->ai_addr, address->ai_addrlen) == 0 || errno == EINPROGRESS) return fd;
  error = errno;
failed:
  close(fd);
  errno = error;
  return -1;
}

/* "127.0.0.1:80", "[::1]:80". */
static void print_end(char *out, size_t size, const struct sockaddr *address, socklen_t length) {
  char host[64], port[8]; /* numeric ones */
  if (getnameinfo(address, length, host, sizeof host, port, sizeof port,
                  NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    snprintf(out, size, "?:");
  else
    snprintf(out, size, strchr(host, ':') != NULL ? "[%s]:%s" : "%s:%s", host, port);
}

static const char *advice_for(int error) {
  switch (error) {
    case ECONNREFUSED:
      return "nobody listens there: check host and port in the URL, and that a gateway or proxy of your "
             "own runs";
    case ENETUNREACH:
    case EHOSTUNREACH:
      return "give this machine a route there, and see that its firewall lets it out";
    case EADDRNOTAVAIL:
      return "call from an address that this machine has: --source-address";
    case EMFILE:
    case ENFILE:
      return "allow more open files: ulimit -n";
    default:
      return "let this machine out to that address and port, in every firewall on the way";
  }
}

int reach_connect(const struct addrinfo *addresses, const char *source, int limit_ms, char *words,
                  const char **advice) {
  struct pollfd waits[MOST_ADDRESSES];
  const struct addrinfo *of[MOST_ADDRESSES], *worst = addresses, *it;
  double until = reach_clock() + limit_ms;
  char end[64];
  size_t i, count = 0, open = 0;
  int error = 0, connected = 0;
  for (it = addresses; it != NULL && count < MOST_ADDRESSES; it = it->ai_next) {
    int fd = begin(it, source);
    if (fd < 0) {
      worst = it;
      error = errno;
      continue;
    }
    of[count] = it;
    waits[count].events = POLLOUT;
    waits[count++].fd = fd;
  }
  for (open = count; open > 0 && !connected;) {
    double left = until - reach_clock();
    if (left < 1 || poll(waits, count, (int)left) < 1) {
      error = ETIMEDOUT;
      break;
    }
    for (i = 0; i < count && !connected; i++) {
      int now = 0;
      socklen_t size = sizeof now;
      if (waits[i].fd < 0 || waits[i].revents == 0) continue;
      getsockopt(waits[i].fd, SOL_SOCKET, SO_ERROR, &now, &size);
      worst = of[i];
      if (now == 0) {
        struct sockaddr_storage here;
        char ours[64] = "?:";
        socklen_t length = sizeof here;
        if (getsockname(waits[i].fd, (struct sockaddr *)&here, &length) == 0)
          print_end(ours, sizeof ours, (struct sockaddr *)&here, length);
        *strrchr(ours, ':') = '\0'; /* the port says nothing */
        print_end(end, sizeof end, worst->ai_addr, worst->ai_addrlen);
        snprintf(words, REACH_WORDS, "%s, from %s", end, ours);
        connected = 1;
      } else {
        error = now;
        close(waits[i].fd);
        waits[i].fd = -1; /* poll passes it over */
        open--;
      }
    }
  }
  for (i = 0; i < count; i++)
    if (waits[i].fd >= 0) {
      if (!connected) worst = of[i]; /* one that has not answered */
      close(waits[i].fd);
    }
  if (connected) return 1;
  print_end(end, sizeof end, worst->ai_addr, worst->ai_addrlen);
  if (error == ETIMEDOUT)
    snprintf(words, REACH_WORDS, "%s: no answer within %d ms", end, limit_ms);
  else
    snprintf(words, REACH_WORDS, "%s: %s", end, strerror(error));
  *advice = advice_for(error);
  return 0;
}
