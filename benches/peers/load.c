/* Prints how many nanoseconds it takes to load the shared library named. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <time.h>

int main(int argc, char **argv) {
  struct timespec before, after;
  clock_gettime(CLOCK_MONOTONIC, &before);
  void *library = argc == 2 ? dlopen(argv[1], RTLD_NOW) : NULL;
  clock_gettime(CLOCK_MONOTONIC, &after);
  if (library == NULL) return fprintf(stderr, "load: %s\n", argc == 2 ? dlerror() : "which?"), 1;
  printf("%lld\n", (long long)(after.tv_sec - before.tv_sec) * 1000000000 +
                       (after.tv_nsec - before.tv_nsec));
  return 0;
}
