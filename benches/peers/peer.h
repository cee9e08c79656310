/*
 * What the C peers of the benchmark share. A peer supplies the three functions; peer.c has the
 * main program, which runs them on threads and takes the time.
 */
#ifndef PEER_H
#define PEER_H

enum work { LOCK, STATE };

/* Makes what one thread calls with. All are opened and closed by the main thread. */
void *peer_open(const char *url);
/* Makes one call; what goes wrong with it ends the program. */
void peer_call(void *handle, enum work work);
void peer_close(void *handle);

_Noreturn void peer_fail(const char *what);

#endif
