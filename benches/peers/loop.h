/*
 * What the peers share that make calls from one thread, with many on their way at once, as a host
 * with an event loop does. A peer supplies these functions; loop.c has the main program, which
 * drives them and takes the time. A call is known by its slot.
 */
#ifndef LOOP_H
#define LOOP_H

#include <stddef.h>

/* Makes what so many calls can be on their way with at once. */
void loop_open(const char *url, size_t slots);
/* Makes what a slot needs for its first call and keeps for the next ones, unless it was made. */
void loop_prepare(size_t slot);
/* Hands in a call of a slot that was prepared and has none under way. */
void loop_submit(size_t slot);
/* Sees to it that what was handed in goes out without another turn. */
void loop_send(void);
/*
 * One turn of the loop: waits for at most so long, does what there is to do, and writes down the
 * slots whose calls have ended. A call that was not accepted ends the program.
 */
size_t loop_turn(int timeout_ms, size_t *ended);
void loop_close(void);

#endif
