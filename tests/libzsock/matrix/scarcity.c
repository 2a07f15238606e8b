/* Under ZSOCK_PROFILE=zephyr,contexts=2,descriptors=3,poll=1,send_wait=100. */
#include "matrix.h"

static char data[4096];

void test_scarcity(void) {
  struct sockaddr_in address = own4(7050);
  struct zsock_pollfd entries[2];
  int listener = listening4(7050, 2);
  int client = open4(TCP);
  int accepted;

  FAILS(zsock_socket(AF_INET, UDP, 0), ENOMEM); /* no context */
  GIVES(zsock_connect(client, ADDRESS(address)), 0);
  accepted = zsock_accept(listener, NULL, NULL);
  GIVES(accepted >= 0, 1);
  FAILS(zsock_accept(listener, NULL, NULL), ENFILE); /* no descriptor */
  entries[0] = (struct zsock_pollfd){.fd = client, .events = ZSOCK_POLLIN};
  entries[1] = (struct zsock_pollfd){.fd = listener, .events = ZSOCK_POLLIN};
  FAILS(zsock_poll(entries, 2, 0), ENOMEM);
  GIVES(zsock_poll(entries, 1, 0), 0);
  while (zsock_send(client, data, sizeof(data), ZSOCK_MSG_DONTWAIT) > 0) {
  }
  k_msleep(50);
  while (zsock_send(client, data, sizeof(data), ZSOCK_MSG_DONTWAIT) > 0) {
  }
  FAILS(zsock_send(client, data, 1, 0), ENOBUFS); /* the window is stuck */
  FAILS(zsock_send(client, data, 1, ZSOCK_MSG_DONTWAIT), EAGAIN);
  GIVES(zsock_close(accepted) | zsock_close(client) | zsock_close(listener), 0);
  GIVES(zsock_close(open4(UDP)), 0); /* there is room again */
}
