/* The native calls, over pairs of local sockets: what they were asked is seen, octets flow. */
#pragma once
#include <netinet/in.h>
#include <stdatomic.h>

struct fake_native {
  int domain;
  int type;
  int protocol;
  struct sockaddr_in address; /* of bind, connect or sendto */
  int backlog;
  int peer;                 /* the other end of the socket made last */
  int error;                /* of the next bind, connect or listen */
  int refusals;             /* so many calls on datagrams fail with ECONNREFUSED */
  atomic_int poll_failures; /* so many calls of zs_poll() fail with ENOMEM */
};

extern struct fake_native fake;
