/* Starts lwIP on the TAP that LWIP_TAP names, with the address in LWIP_ADDRESS, for the build of
 * traffic.c on lwIP's sockets. Debian's liblwip decides buffers and windows. Its own tapif is of no
 * use: it takes frames into pool buffers that the package makes 616 octets large and fills with
 * 1,514 (2.1.3). This one differs in that only. */
#include "lwip_start.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <lwip/etharp.h>
#include <lwip/ip4_addr.h>
#include <lwip/netif.h>
#include <lwip/pbuf.h>
#include <lwip/tcpip.h>
#include <net/if.h>
#include <netif/ethernet.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { kMtu = 1500, kFrame = kMtu + 14 };

static int tap;
static struct netif interface;

static err_t send_frame(struct netif* unused, struct pbuf* packet) {
  char frame[kFrame];
  (void)unused;
  if (packet->tot_len > sizeof frame) return ERR_IF;
  pbuf_copy_partial(packet, frame, packet->tot_len, 0);
  return write(tap, frame, packet->tot_len) == packet->tot_len ? ERR_OK : ERR_IF;
}

static void* take_frames(void* unused) {
  char frame[kFrame];
  for (;;) {
    ssize_t size = read(tap, frame, sizeof frame);
    if (size <= 0) return unused;
    struct pbuf* packet = pbuf_alloc(PBUF_RAW, (u16_t)size, PBUF_RAM);
    if (packet == NULL) continue;
    pbuf_take(packet, frame, (u16_t)size);
    if (interface.input(packet, &interface) != ERR_OK) pbuf_free(packet);
  }
}

static err_t set_up(struct netif* made) {
  static const u8_t mac[] = {2, 0, 0x5e, 0, 0x53, 0x77};
  made->name[0] = 't';
  made->name[1] = 'p';
  made->output = etharp_output;
  made->linkoutput = send_frame;
  made->mtu = kMtu;
  made->hwaddr_len = sizeof mac;
  memcpy(made->hwaddr, mac, sizeof mac);
  made->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
  return ERR_OK;
}

static void ready(void* started) {
  sem_post(started);
}

static void die(const char* what) {
  perror(what);
  exit(1);
}

static void open_tap(void) {
  struct ifreq request;
  const char* name = getenv("LWIP_TAP");
  memset(&request, 0, sizeof request);
  if (name != NULL) strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  tap = open("/dev/net/tun", O_RDWR);
  if (tap < 0 || ioctl(tap, TUNSETIFF, &request) != 0) die("LWIP_TAP");
}

void start_lwip(void) {
  ip4_addr_t address, mask, gateway;
  const char* wish = getenv("LWIP_ADDRESS");
  if (wish == NULL || !ip4addr_aton(wish, &address)) die("LWIP_ADDRESS");
  IP4_ADDR(&mask, 255, 255, 255, 192);
  ip4_addr_set_zero(&gateway);
  open_tap();
  sem_t started;
  sem_init(&started, 0, 0);
  tcpip_init(ready, &started);
  while (sem_wait(&started) != 0) {
  }
  LOCK_TCPIP_CORE();
  if (netif_add(&interface, &address, &mask, &gateway, NULL, set_up, tcpip_input) == NULL) {
    die("netif_add");
  }
  netif_set_default(&interface);
  netif_set_link_up(&interface);
  netif_set_up(&interface);
  UNLOCK_TCPIP_CORE();
  pthread_t thread;
  if (pthread_create(&thread, NULL, take_frames, NULL) != 0) die("pthread_create");
}
