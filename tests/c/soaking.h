/*
 * What the soaks share: the kinds of calls, and what the process has. check.h comes first.
 */
#ifndef YTX_TEST_SOAKING_H
#define YTX_TEST_SOAKING_H

#include <dirent.h>

#define KINDS 12

/* What the server does with a confid that ends in this letter, and the status it leads to. */
static const struct {
  char letter;
  ytx_status status;
} kinds[KINDS] = {
  { 'o', YTX_OK },         { 'o', YTX_OK },      { 'o', YTX_OK },       { 'o', YTX_OK },
  { 'o', YTX_OK },         { 'o', YTX_OK },      { 'c', YTX_E_IO },     { 'b', YTX_E_IO },
  { 'r', -205 },           { 'h', YTX_E_HTTP },  { 'g', YTX_E_RESPONSE }, { 's', YTX_E_TIMEOUT },
};

static inline int entries(const char *folder)
{
  DIR *directory = opendir(folder);
  int count = 0;
  CHECK(directory != NULL);
  while (readdir(directory) != NULL)
    count++;
  closedir(directory);
  return count;
}

static inline void *wait_for(void *mutex)
{
  pthread_mutex_lock((pthread_mutex_t *)mutex);
  pthread_mutex_unlock((pthread_mutex_t *)mutex);
  return NULL;
}

/* How many threads there are before the program has started any, that one included which a sanitizer
   starts with the first. */
static inline int count_tasks(void)
{
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_t first;
  int count;
  pthread_mutex_lock(&mutex);
  first = start_thread(wait_for, &mutex);
  count = entries("/proc/self/task") - 1;
  pthread_mutex_unlock(&mutex);
  join_thread(first);
  return count;
}

static inline long resident_kib(void)
{
  long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  CHECK(file != NULL && fscanf(file, "%*d %ld", &pages) == 1);
  fclose(file);
  return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* The thread sanitizer remembers of memory what was done to it, and so has more and more. */
#ifdef __has_feature
#if __has_feature(thread_sanitizer)
#define GROWS_ANYWAY 1
#endif
#endif

static inline void check_growth(long before, long after, long most)
{
#ifdef GROWS_ANYWAY
  printf("not looked at under the thread sanitizer: how much memory it is\n");
  (void)before, (void)after, (void)most;
#else
  CHECK(after - before < most);
#endif
}

#endif
