/** \file
 * The parts of simba that programs with sockets use. C only: simba's struct time_t and struct
 * timer_t cannot stand beside the host's types in C++. Every function has a symbol of its own
 * (simba_...), so that sem_init(), thrd_join(), inet_aton() and others stay the host's for the rest
 * of the program.
 */
#ifndef ZSOCK_SIMBA_H_
#define ZSOCK_SIMBA_H_

#include "debug/log.h"
#include "inet/inet.h"
#include "inet/socket.h"
#include "kernel/sys.h"
#include "kernel/thrd.h"
#include "kernel/time.h"
#include "kernel/types.h"
#include "sync/chan.h"
#include "sync/event.h"
#include "sync/mutex.h"
#include "sync/queue.h"
#include "sync/sem.h"
#include "text/std.h"

#endif /* ZSOCK_SIMBA_H_ */
