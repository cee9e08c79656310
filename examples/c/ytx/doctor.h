/* Tries the way to the platform step by step, and says what to do where it ends. */

#ifndef DOCTOR_H
#define DOCTOR_H

#include "arguments.h"

/* The codes to end with, one a step. They are in the manual, and never change. */
enum {
  DOCTOR_LOOK_UP = 10,
  DOCTOR_CONNECT,     /* 11 */
  DOCTOR_TLS,         /* 12 */
  DOCTOR_CLOCK,       /* 13: -202 */
  DOCTOR_TOKEN,       /* 14: -203 */
  DOCTOR_APPLICATION, /* 15: -205 */
  DOCTOR_ACCOUNT,     /* 16: -200, -201, -204 */
  DOCTOR_ROOM,        /* 17: -101 for a room that was named */
  DOCTOR_STRANGER,    /* 18: somebody else has answered */
  DOCTOR_SILENCE,     /* 19: connected, but no answer */
  DOCTOR_BUSY,        /* 20: -104, or a gateway that is busy */
  DOCTOR_PLATFORM     /* 21: any other refusal */
};

/* Only reads. Prints a line for each step and ends with what to do. Returns the code to end with. */
int doctor(const struct arguments *arguments);

#endif
