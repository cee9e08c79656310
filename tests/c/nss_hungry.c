/*
 * A module of glibc's look-up (see nsswitch.conf) that needs KILOBYTES of stack, as those of
 * directories do, and then finds every name at 127.0.0.1.
 */
#define _GNU_SOURCE /* -std=c99 leaves NETDB_INTERNAL out otherwise */

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <nss.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

enum nss_status _nss_hungry_gethostbyname4_r(const char *name, struct gaih_addrtuple **found,
                                             char *buffer, size_t size, int *error, int *h_error,
                                             int32_t *ttl)
{
  volatile char eaten[KILOBYTES * 1024];
  struct gaih_addrtuple *entry = *found;
  size_t i, used = strlen(name) + 1;

  for (i = 0; i < sizeof eaten; i += 1024)
    eaten[i] = 1;
  used += -(uintptr_t)(buffer + used) % sizeof(void *);
  if (size < used + sizeof *entry) {
    *error = ERANGE;
    *h_error = NETDB_INTERNAL;
    return NSS_STATUS_TRYAGAIN;
  }
  memcpy(buffer, name, strlen(name) + 1);
  if (entry == NULL)
    *found = entry = (struct gaih_addrtuple *)(buffer + used);
  memset(entry, 0, sizeof *entry);
  entry->name = buffer;
  entry->family = AF_INET;
  entry->addr[0] = htonl(INADDR_LOOPBACK);
  if (ttl != NULL)
    *ttl = 0;
  return NSS_STATUS_SUCCESS;
}
