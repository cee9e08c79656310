// Log lines on their way from the library to Go: kept in memory of C by the thread that is told
// them, until the function of C that it is in returns. So C never calls Go.

#ifndef YTX_GO_LOG_H
#define YTX_GO_LOG_H

#include <stdlib.h>
#include <string.h>
#include "ytx.h"

// Lines one after the other: the level, as one byte, the text and a NUL.
typedef struct { char *text; size_t length; } lines;

// For ytx_options. A line for which there is no memory is dropped.
void ytx_go_keep_line(int32_t level, const char *message, void *unused);

// What this thread has kept since it was asked last, for free().
lines ytx_go_take_lines(void);

#endif
