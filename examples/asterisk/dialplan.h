/*
 * For the dialplan: YTXLock(room), YTXUnlock(room) and ${YTX_STATE(room,what)}. They keep their own
 * call waiting and nobody else's, and leave off when the caller hangs up.
 */

#ifndef YTX_DIALPLAN_H
#define YTX_DIALPLAN_H

/* Returns 0 when all of it is registered. */
int dialplan_register(void);

void dialplan_unregister(void);

#endif
