/*
 * The main program of each C peer:
 *
 *     peer URL WORK THREADS CALLS ROUNDS
 *
 * Each thread makes one call that is not measured. Then all start together, ROUNDS times, and make
 * CALLS calls each. Printed are the nanoseconds that the rounds took by the clock and of the
 * process's CPU time, and then those that each call took, a number a line.
 *
 * PEER_CA_FILE in the environment is the file of the authority to trust, for an https URL.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"
#include "peer.h"

struct thread {
  pthread_t id;
  void *handle;
  int64_t *took;           /* one a call */
  int64_t *began, *ended;  /* one a round */
};

static enum work work;
static int threads, calls, rounds;
static pthread_barrier_t barrier;
static int64_t cpu_before, cpu_after;

void peer_fail(const char *what) {
  fprintf(stderr, "peer: %s\n", what);
  exit(1);
}

static int64_t now(void) { return clock_now(CLOCK_MONOTONIC); }

/* Waits for all threads; one of them then reads the CPU time. */
static void meet(int64_t *cpu) {
  if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD) *cpu = cpu_time(RUSAGE_SELF);
}

static void *run(void *argument) {
  struct thread *thread = argument;
  peer_call(thread->handle, work);
  meet(&cpu_before);
  for (int round = 0; round < rounds; round++) {
    int64_t *took = thread->took + (size_t)round * calls;
    pthread_barrier_wait(&barrier);
    int64_t last = thread->began[round] = now();
    for (int call = 0; call < calls; call++) {
      peer_call(thread->handle, work);
      int64_t end = now();
      took[call] = end - last;
      last = end;
    }
    thread->ended[round] = last;
  }
  meet(&cpu_after);
  return NULL;
}

/* From the first thread's start to the last one's end, over all rounds. */
static int64_t wall_time(const struct thread *all) {
  int64_t sum = 0;
  for (int round = 0; round < rounds; round++) {
    int64_t began = all[0].began[round], ended = all[0].ended[round];
    for (int i = 1; i < threads; i++) {
      if (all[i].began[round] < began) began = all[i].began[round];
      if (all[i].ended[round] > ended) ended = all[i].ended[round];
    }
    sum += ended - began;
  }
  return sum;
}

static int positive(const char *text) {
  int number = atoi(text);
  if (number <= 0) peer_fail("a number is not positive");
  return number;
}

static int64_t *numbers(size_t count) {
  int64_t *memory = malloc(count * sizeof *memory);
  if (memory == NULL) peer_fail("no memory");
  memset(memory, 1, count * sizeof *memory); /* so that no page is new while time is taken */
  return memory;
}

int main(int argc, char **argv) {
  if (argc != 6) peer_fail("usage: peer URL lock|state THREADS CALLS ROUNDS");
  work = strcmp(argv[2], "state") == 0 ? STATE : LOCK;
  threads = positive(argv[3]);
  calls = positive(argv[4]);
  rounds = positive(argv[5]);
  struct thread *all = calloc((size_t)threads, sizeof *all);
  if (all == NULL || pthread_barrier_init(&barrier, NULL, (unsigned)threads) != 0)
    peer_fail("no memory");
  for (int i = 0; i < threads; i++) {
    all[i].handle = peer_open(argv[1]);
    all[i].took = numbers((size_t)rounds * calls);
    all[i].began = numbers(rounds);
    all[i].ended = numbers(rounds);
  }
  for (int i = 0; i < threads; i++)
    if (pthread_create(&all[i].id, NULL, run, &all[i]) != 0) peer_fail("no thread");
  for (int i = 0; i < threads; i++) pthread_join(all[i].id, NULL);
  printf("%lld %lld\n", (long long)wall_time(all), (long long)(cpu_after - cpu_before));
  for (int i = 0; i < threads; i++) {
    for (size_t call = 0; call < (size_t)rounds * calls; call++)
      printf("%lld\n", (long long)all[i].took[call]);
    peer_close(all[i].handle);
    free(all[i].took);
    free(all[i].began);
    free(all[i].ended);
  }
  free(all);
  return 0;
}
