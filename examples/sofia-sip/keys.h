/* Keys that a caller presses, as they come in INFOs: `*` and then a digit, within three seconds. */

#ifndef DESK_KEYS_H
#define DESK_KEYS_H

#include <stddef.h>
#include <stdint.h>

/* Zero to begin with. */
struct keys {
  int starred;
  uint64_t since; /* when that was, in nanoseconds */
};

/* The key that a body of application/dtmf-relay tells, or 0. */
char key_read(const char *body, size_t length);

/* Takes the next key. Returns the digit that completes a command, or 0. */
char keys_press(struct keys *keys, char key, uint64_t now);

#endif
