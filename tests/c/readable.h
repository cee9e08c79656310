/*
 * Waiting for a queue's descriptor as its host does, on POSIX and on Windows. check.h comes first.
 */
#ifndef YTX_TEST_READABLE_H
#define YTX_TEST_READABLE_H

#ifdef _WIN32
#include <winsock2.h>
#else
#include <poll.h>
#endif

/* Whether the descriptor is readable within so long; nothing else is ever the matter with it. */
static inline int becomes_readable(const ytx_queue *queue, int timeout_ms)
{
  intptr_t descriptor = ytx_queue_fd(queue);
#ifdef _WIN32
  WSAPOLLFD watched = { 0, POLLRDNORM, 0 };
  CHECK(descriptor != -1);
  watched.fd = (SOCKET)descriptor;
  CHECK(WSAPoll(&watched, 1, timeout_ms) >= 0);
  CHECK((watched.revents & ~POLLRDNORM) == 0);
#else
  struct pollfd watched = { 0, POLLIN, 0 };
  CHECK(descriptor >= 0);
  watched.fd = (int)descriptor;
  CHECK(poll(&watched, 1, timeout_ms) >= 0);
  CHECK((watched.revents & ~POLLIN) == 0);
#endif
  return watched.revents != 0;
}

#endif
