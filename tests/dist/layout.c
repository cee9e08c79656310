/* The structs of ytx.h have no padding, so that their layout is the same by every compiler: on machines
 * with 32 bits too, for which no library is built here. */

#include <stddef.h>
#include <stdio.h>

#include "ytx.h"

int main(void) {
  const size_t word = sizeof(void *);
  const size_t found[][2] = {
      {sizeof(size_t), word},
      {offsetof(ytx_options, base_url), word},
      {offsetof(ytx_options, connect_timeout_ms), 2 * word},
      {offsetof(ytx_options, reserved), 2 * word + 28},
      {offsetof(ytx_options, proxy), 2 * word + 32},
      {sizeof(ytx_options), 8 * word + 32},
      {offsetof(ytx_queue_options, max_pending), word},
      {sizeof(ytx_queue_options), word + 16},
      {offsetof(ytx_event, json), word},
      {offsetof(ytx_event, ticket), 2 * word},
      {offsetof(ytx_event, tag), 2 * word + 8},
      {offsetof(ytx_event, type), 2 * word + 16},
      {offsetof(ytx_event, status), 2 * word + 20},
      {sizeof(ytx_event), 2 * word + 24},
  };
  size_t i;
  for (i = 0; i < sizeof found / sizeof found[0]; i++) {
    if (found[i][0] == found[i][1]) continue;
    printf("line %u: %u is not %u\n", (unsigned)i, (unsigned)found[i][0], (unsigned)found[i][1]);
    return 1;
  }
  printf("layout of %u bits\n", (unsigned)word * 8);
  return 0;
}
