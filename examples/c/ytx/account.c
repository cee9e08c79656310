/* Where the account comes from: see account.h. */

#define _XOPEN_SOURCE 700

#include "account.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "outcome.h"

const char *const setting_names[SETTINGS] = {
  "YTX_ACCOUNT_SID", "YTX_AUTH_TOKEN", "YTX_APPID", "YTX_BASE_URL", "YTX_CA_FILE", "YTX_PROXY",
};

/* Sees who may read the file, and that nobody can put another one in its place meanwhile. */
static FILE *open_private(const char *path) {
  struct stat facts;
  FILE *file;
  int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a FIFO is not waited for */
  if (fd < 0 || fstat(fd, &facts) != 0) {
    fprintf(stderr, "ytx: %s: %s\n", path, strerror(errno));
    exit(END_USAGE);
  }
  if (!S_ISREG(facts.st_mode)) {
    fprintf(stderr, "ytx: %s is no file\n", path);
    exit(END_USAGE);
  }
  if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    fprintf(stderr,
            "ytx: others than its owner may use %s, which holds a token\n"
            "ytx: chmod 600 '%s', and renew the token if somebody may have read it\n",
            path, path);
    exit(END_USAGE);
  }
  file = fdopen(fd, "r");
  return need(file);
}

/* What stands behind "NAME=", with or without quotes around it; NULL when the line sets something
   else. The line is cut to pieces. */
static char *value_of(char *line, const char *name) {
  size_t length;
  line += strspn(line, " \t");
  if (strncmp(line, "export ", 7) == 0) line += 7;
  length = strlen(name);
  if (strncmp(line, name, length) != 0 || line[length] != '=') return NULL;
  line += length + 1;
  line[strcspn(line, "\r\n")] = '\0';
  length = strlen(line);
  while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\t')) line[--length] = '\0';
  if (length >= 2 && (*line == '"' || *line == '\'') && line[length - 1] == *line) {
    line[length - 1] = '\0';
    line++;
  }
  return line;
}

/* Lines that set nothing of this are passed over, so that the file may be that of another program too. */
static void read_file(struct account *account) {
  FILE *file = open_private(account->file);
  char *line = NULL;
  size_t size = 0;
  while (getline(&line, &size, file) >= 0) {
    size_t i;
    for (i = 0; i < SETTINGS; i++) {
      const char *value = value_of(line, setting_names[i]);
      if (value == NULL) continue;
      free(account->owned[i]); /* the last of two lines counts */
      account->owned[i] = need(strdup(value));
      account->values[i] = *value != '\0' ? account->owned[i] : NULL;
      account->from[i] = account->file;
      break;
    }
  }
  if (ferror(file)) {
    fprintf(stderr, "ytx: %s can't be read\n", account->file);
    exit(END_USAGE);
  }
  free(line);
  fclose(file);
}

void account_read(struct account *account, const char *file) {
  size_t i;
  memset(account, 0, sizeof *account);
  account->file = file;
  for (i = 0; i < SETTINGS; i++) {
    const char *value = getenv(setting_names[i]);
    if (value != NULL && *value != '\0') account->values[i] = value;
    account->from[i] = "the environment";
  }
  if (file != NULL) read_file(account);
}

void account_free(struct account *account) {
  size_t i;
  for (i = 0; i < SETTINGS; i++) free(account->owned[i]);
}
