/* Starts lwIP on the TAP that PRECONFIGURED_TAPIF names, with the address in LWIP_ADDRESS, for the
 * build of traffic.c on lwIP's sockets. Debian's liblwip decides buffers and windows. */
#include "lwip_start.h"

#include <lwip/ip4_addr.h>
#include <lwip/netif.h>
#include <lwip/tcpip.h>
#include <netif/tapif.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

static struct netif interface;

static void ready(void* started) {
  sem_post(started);
}

void start_lwip(void) {
  ip4_addr_t address, mask, gateway;
  const char* wish = getenv("LWIP_ADDRESS");
  if (wish == NULL || getenv("PRECONFIGURED_TAPIF") == NULL || !ip4addr_aton(wish, &address)) {
    fputs("lwIP needs PRECONFIGURED_TAPIF and LWIP_ADDRESS\n", stderr);
    exit(2);
  }
  IP4_ADDR(&mask, 255, 255, 255, 192);
  ip4_addr_set_zero(&gateway);
  sem_t started;
  sem_init(&started, 0, 0);
  tcpip_init(ready, &started);
  sem_wait(&started);
  LOCK_TCPIP_CORE();
  if (netif_add(&interface, &address, &mask, &gateway, NULL, tapif_init, tcpip_input) == NULL) {
    fputs("lwIP does not take the TAP\n", stderr);
    exit(1);
  }
  netif_set_default(&interface);
  netif_set_link_up(&interface);
  netif_set_up(&interface);
  UNLOCK_TCPIP_CORE();
}
