/*
 * The other half of a program's own getaddrinfo: what that one has made by calloc is released.
 */
#ifndef YTX_TEST_OWN_ADDRESSES_H
#define YTX_TEST_OWN_ADDRESSES_H

#include <netdb.h>

void freeaddrinfo(struct addrinfo *info)
{
  while (info != NULL) {
    struct addrinfo *next = info->ai_next;
    free(info->ai_addr);
    free(info);
    info = next;
  }
}

#endif
