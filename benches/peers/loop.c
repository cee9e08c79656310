/*
 * The main program of each peer with an event loop:
 *
 *     loop URL rate SLOTS CALLS   each slot makes a call that is not measured; then CALLS are made,
 *                                 SLOTS of them under way at once. Prints the nanoseconds that they
 *                                 took by the clock, of the process's CPU time and of that of the
 *                                 loop's thread
 *     loop URL busy SLOTS CALLS   the same, but prints the nanoseconds that each submission took
 *     loop URL paced CALLS        the same of a call each millisecond, whether the others have ended
 *                                 or not
 *     loop URL flight CALLS       as fast as they can be submitted. Prints the nanoseconds until the
 *                                 last has ended, how many threads more there were at most than
 *                                 before the first call, and the resident bytes a call when most
 *                                 were under way
 *
 * Each number on a line. A submission has taken place when the request is on its way as far as that
 * is the loop's thread's business.
 */
#define _GNU_SOURCE
#include "loop.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"
#include "peer.h"

enum {
  UNMEASURED_PACED = 50,
  A_TURN = 100,             /* ms */
  THREADS_EVERY = 5000000,  /* ns */
  MEMORY_EVERY = 100000000, /* ns; a look takes a millisecond or more */
};

static size_t slots;
static size_t *idle, idles; /* the slots that have no call on its way */
static size_t *ended;

void peer_fail(const char *what) {
  fprintf(stderr, "loop: %s\n", what);
  exit(1);
}

static int64_t now(void) { return clock_now(CLOCK_MONOTONIC); }

/* Returns what the submission took. */
static int64_t submit(void) {
  size_t slot = idle[--idles];
  int64_t before = now();
  loop_submit(slot);
  loop_send();
  return now() - before;
}

/* Returns how many calls have ended. */
static size_t turn(int timeout_ms) {
  size_t count = loop_turn(timeout_ms, ended);
  for (size_t i = 0; i < count; i++) idle[idles++] = ended[i];
  return count;
}

static void finish(void) {
  while (idles < slots) turn(A_TURN);
}

static void prepare(void) {
  for (size_t slot = 0; slot < slots; slot++) loop_prepare(slot);
}

static void print(const int64_t *numbers, size_t count) {
  for (size_t i = 0; i < count; i++) printf("%lld\n", (long long)numbers[i]);
}

static void *memory(size_t count, size_t size) {
  void *memory = malloc(count * size);
  if (memory == NULL) peer_fail("no memory");
  memset(memory, 1, count * size); /* so that no page is new while time is taken */
  return memory;
}

static void warm_up(void) {
  prepare();
  while (idles > 0) submit();
  finish();
}

static void rate(size_t calls) {
  size_t submitted = 0, done = 0;
  warm_up();
  int64_t before[] = { now(), cpu_time(RUSAGE_SELF), cpu_time(RUSAGE_THREAD) };
  while (done < calls) {
    for (; idles > 0 && submitted < calls; submitted++) loop_submit(idle[--idles]);
    done += turn(A_TURN);
  }
  print((int64_t[]){ now() - before[0], cpu_time(RUSAGE_SELF) - before[1],
                     cpu_time(RUSAGE_THREAD) - before[2] }, 3);
}

static void busy(size_t calls) {
  int64_t *took = memory(calls, sizeof *took);
  size_t submitted = 0, done = 0;
  warm_up();
  while (done < calls) {
    while (idles > 0 && submitted < calls) took[submitted++] = submit();
    done += turn(A_TURN);
  }
  print(took, calls);
  free(took);
}

static void paced(size_t calls) {
  int64_t *took = memory(calls, sizeof *took);
  prepare();
  for (size_t call = 0; call < calls; call++) {
    took[call] = submit();
    for (int64_t next = now() + 1000000; now() < next;) turn(1);
  }
  print(took + UNMEASURED_PACED, calls - UNMEASURED_PACED);
  free(took);
}

/* What is looked at while calls are under way. */
struct look {
  int64_t threads_before, most_threads, threads_due;
  int64_t bytes_before, bytes, memory_due;
  size_t most; /* calls under way when the bytes were looked at */
};

static void look(struct look *look, size_t under_way) {
  int64_t time = now();
  if (time >= look->threads_due) {
    int64_t more = threads_now() - look->threads_before;
    if (more > look->most_threads) look->most_threads = more;
    look->threads_due = time + THREADS_EVERY;
  }
  if (time >= look->memory_due && under_way >= look->most) {
    look->bytes = resident_bytes() - look->bytes_before;
    look->most = under_way;
    look->memory_due = now() + MEMORY_EVERY;
  }
}

static void flight(size_t calls) {
  struct look seen = { .threads_before = threads_now() };
  loop_prepare(idle[idles - 1]);
  submit(); /* what is only done once is done */
  finish();
  seen.bytes_before = resident_bytes();
  int64_t began = now();
  for (size_t done = 0, submitted = 0; done < calls;) {
    if (submitted < calls) {
      loop_prepare(idle[idles - 1]);
      submit();
      submitted++;
    }
    done += turn(submitted < calls ? 0 : 5);
    look(&seen, submitted - done);
  }
  print((int64_t[]){ now() - began, seen.most_threads, seen.bytes / (int64_t)seen.most }, 3);
}

static size_t positive(const char *text) {
  long number = atol(text);
  if (number <= 0) peer_fail("a number is not positive");
  return (size_t)number;
}

int main(int argc, char **argv) {
  struct rlimit descriptors;
  if (argc < 4) peer_fail("usage: loop URL rate|busy SLOTS CALLS, or loop URL paced|flight CALLS");
  getrlimit(RLIMIT_NOFILE, &descriptors);
  descriptors.rlim_cur = descriptors.rlim_max;
  setrlimit(RLIMIT_NOFILE, &descriptors);

  const char *work = argv[2];
  size_t calls = positive(argv[argc - 1]);
  slots = positive(argv[3]);
  idle = memory(slots, sizeof *idle);
  ended = memory(slots, sizeof *ended);
  while (idles < slots) {
    idle[idles] = idles;
    idles++;
  }
  loop_open(argv[1], slots);
  if (strcmp(work, "rate") == 0) rate(calls);
  else if (strcmp(work, "busy") == 0) busy(calls);
  else if (strcmp(work, "paced") == 0) paced(calls);
  else if (strcmp(work, "flight") == 0) flight(calls);
  else peer_fail("no such work");
  loop_close();
  free(idle);
  free(ended);
  return 0;
}
