/** \file
 * For simba's own kernel, which takes the place of the kit (tree/socket.c): there one thread runs
 * at a time, so that what waits has to wait in threads of the host's.
 */
#pragma once

#include "libzsock/simba/thread.h"

#pragma GCC visibility push(default)

/** Octets of the kit's struct socket_t, whose functions take pointers to that much memory. */
size_t simba_tree_socket_size(void);
/** TCP: takes what there is room for. \return octets, or a negative error: -EAGAIN: no room */
ssize_t simba_tree_send_now(struct socket_t* self_p, const void* buf_p, size_t size);
/** Calls function(argument) in a thread of the host's. \return 0, or -EAGAIN: there is no thread */
int simba_tree_run(void (*function)(void*), void* argument);
/** Calls ready(argument), once, in a thread of the host's, when the socket has something to read;
 * nothing if that is promised already. \return 0; -ENOMEM; -EAGAIN: there is no thread */
int simba_tree_watch(struct socket_t* self_p, void (*ready)(void*), void* argument);
/** Takes the promise back; waits until ready() has returned. */
void simba_tree_unwatch(struct socket_t* self_p);

#pragma GCC visibility pop
