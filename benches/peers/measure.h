/* What the C peers measure themselves by. Define _GNU_SOURCE before anything is included. */
#ifndef MEASURE_H
#define MEASURE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/* Nanoseconds of a clock, such as CLOCK_MONOTONIC. */
static inline int64_t clock_now(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* Nanoseconds of CPU time of RUSAGE_SELF or RUSAGE_THREAD. */
static inline int64_t cpu_time(int whose) {
  struct rusage usage;
  getrusage(whose, &usage);
  return ((int64_t)usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000 +
         ((int64_t)usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
}

/* The number after a word in a file of /proc. */
static inline int64_t look_up(const char *path, const char *word) {
  char line[256];
  long long number = -1;
  FILE *file = fopen(path, "r");
  if (file == NULL) perror(path), exit(1);
  while (number < 0 && fgets(line, sizeof line, file) != NULL)
    if (strncmp(line, word, strlen(word)) == 0) number = atoll(line + strlen(word));
  fclose(file);
  return number;
}

static inline int64_t threads_now(void) { return look_up("/proc/self/status", "Threads:"); }

/* Unlike statm, which the kernel keeps up to date only roughly. */
static inline int64_t resident_bytes(void) {
  return look_up("/proc/self/smaps_rollup", "Rss:") * 1024;
}

#endif
