/* What ytx.conf says. */

#ifndef YTX_SETTINGS_H
#define YTX_SETTINGS_H

#include "module.h"

struct settings {
  char *account_sid, *auth_token, *appid;
  char *base_url, *ca_file, *proxy, *source_address; /* NULL: the library's default */
  uint32_t timeout_ms, interval_ms;                  /* 0: the library's default */
  char **rooms;                                      /* to watch */
  size_t watched;
};

/* Returns 0, and says so in the log, when the file cannot be used. */
int settings_read(struct settings *settings);

void settings_free(struct settings *settings);

#endif
