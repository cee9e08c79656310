/* What has changed in a room. */

#ifndef CHANGES_H
#define CHANGES_H

#include <stdio.h>

#include "room.h"

/*
 * Prints a line for each member that came, left or changed, and nothing when nobody did. With NULL
 * for before it prints who is there. Each line begins with the time.
 */
void print_changes(FILE *out, const char *time, const struct room *before,
                   const struct room *after);

#endif
