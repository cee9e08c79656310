/* Whose account it is and where the platform is: from the environment, and from a file that only its
   owner may read. */

#ifndef ACCOUNT_H
#define ACCOUNT_H

enum setting {
  ACCOUNT_SID,
  AUTH_TOKEN,
  APPID,
  BASE_URL,
  CA_FILE,
  PROXY, /* may hold a password */
  SETTINGS
};

struct account {
  const char *values[SETTINGS]; /* NULL where it is not set; what is empty counts as that */
  const char *from[SETTINGS];   /* where each came from, to be told */
  const char *file;             /* or NULL */
  char *owned[SETTINGS];        /* what was read from it */
};

extern const char *const setting_names[SETTINGS];

/* Reads it; what the file sets goes before the environment. A file that others may read, or that can't
   be read, ends the program. */
void account_read(struct account *account, const char *file);

void account_free(struct account *account);

#endif
