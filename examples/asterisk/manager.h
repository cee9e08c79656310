/*
 * For AMI: the actions YTXLock, YTXUnlock, YTXState, YTXWatch and YTXUnwatch, each with a Room. No
 * session waits for the platform: the answer is an event, YTXAnswer, with the ActionID.
 */

#ifndef YTX_MANAGER_H
#define YTX_MANAGER_H

#include "module.h"

/* Returns 0 when all of it is registered. */
int manager_register(void);

void manager_unregister(void);

/* "Status", "Name" and, of a failure, "Text": what became of a call. */
void append_outcome(struct ast_str **text, ytx_status status);

#endif
