/*
 * What the soaks share: the kinds of calls, and how large the process is. check.h comes first.
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

static inline long resident_kib(void)
{
  long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  CHECK(file != NULL && fscanf(file, "%*d %ld", &pages) == 1);
  fclose(file);
  return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

#endif
