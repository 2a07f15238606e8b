/* The fake daemon of tests/libzsock/fake_daemon.h, for tests in C: a zsockd in a thread of this
 * process that is slow, dies, lies and comes back as it is told to. */
#ifndef FAKE_H
#define FAKE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

void fake_start(void);   /* at a path of its own, which ZSOCKD_SOCKET names from now on */
void fake_vanish(void);  /* dies as if killed; nobody is there any more */
void fake_restart(void); /* dies, and another one serves at the same path */
void fake_stop(void);

void fake_be_slow(int milliseconds); /* before each answer; 0: not any more */
unsigned fake_requests(void);        /* how many there were */

enum fake_manner {
  FAKE_HANG_UP,
  FAKE_WRONG_SIZE,
  FAKE_WRONG_MAGIC,
  FAKE_WRONG_SEQUENCE,
  FAKE_SURPLUS_FDS,
  FAKE_MANNERS
};
void fake_answer_badly(enum fake_manner manner); /* the next request */

/* What the network does to a socket. */
void fake_establish(int sock);
void fake_deliver(int sock, const char* text);
void fake_deliver_datagram(int sock, const char* text);
int fake_collect(int sock); /* acknowledges everything; octets */
void fake_offer(int listener);
int fake_waits(int sock); /* has its writer asked for room? */

/* What a hostile zsockd writes where only it can. */
enum fake_lie {
  FAKE_RECEIVE_TAIL,  /* more than a ring holds is readable */
  FAKE_TRANSMIT_HEAD, /* more was acknowledged than was sent */
  FAKE_RING_ORDER,    /* a ring of 2^63 octets */
  FAKE_RING_OFFSET,   /* beyond the segment */
  FAKE_RING_SEGMENT,  /* a segment that cannot be */
  FAKE_ALL_FLAGS,
  FAKE_NO_FLAGS,
  FAKE_GENERATION,   /* the slot is another socket's */
  FAKE_URGENT,       /* an urgent octet where nothing is */
  FAKE_ERROR,        /* an errno that is none */
  FAKE_HEADER,       /* a datagram longer than the ring */
  FAKE_TOKENS,       /* the descriptor is readable, and nothing is there */
  FAKE_ACCEPT_SLOT,  /* a connection in a slot that cannot be */
  FAKE_ACCEPT_SHORT, /* half a message in a listener's descriptor */
  FAKE_LIES
};
void fake_tell_lie(int sock, enum fake_lie lie);
const char* fake_lie_name(enum fake_lie lie);

#ifdef __cplusplus
}
#endif
#endif
