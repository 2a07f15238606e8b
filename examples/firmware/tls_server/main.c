/*
 * TLS server: sends back what it gets, TLS 1.2 and DTLS 1.2 on the same port.
 *   tls_server PORT CERTIFICATE_FILE KEY_FILE
 * Both are PEM or DER. Firmware has them in its image; here they are files.
 */
#include <stdio.h>
#include <stdlib.h>
#include <zephyr/kernel.h>
#include <zephyr/logging/log.h>
#include <zephyr/net/socket.h>
#include <zephyr/net/tls_credentials.h>

LOG_MODULE_REGISTER(tls_server, LOG_LEVEL_INF);

#ifndef CONFIG_ECHO_CLIENTS
#define CONFIG_ECHO_CLIENTS 16
#endif

enum { TAG = 1, LISTENER = 0, DATAGRAMS, FIRST_CLIENT, SLOTS = FIRST_CLIENT + CONFIG_ECHO_CLIENTS };

static char certificate[8192];
static char key[8192];
static char buffer[16384];
static struct zsock_pollfd fds[SLOTS];

static int add_credential(enum tls_credential_type type, const char* path, char* to, size_t room) {
  FILE* file = fopen(path, "rb");
  size_t size = file == NULL ? 0 : fread(to, 1, room - 1, file);

  if (file != NULL) {
    fclose(file);
  }
  return tls_credential_add(TAG, type, to, size);
}

static int open_socket(int type, int protocol, int port) {
  static const sec_tag_t tags[] = {TAG};
  struct sockaddr_in6 address = {
      .sin6_family = AF_INET6,
      .sin6_addr = IN6ADDR_ANY_INIT,
      .sin6_port = htons((uint16_t)port),
  };
  int role = TLS_DTLS_ROLE_SERVER;
  int off = 0;
  int sock = zsock_socket(AF_INET6, type, protocol);

  if (sock < 0) {
    return -1;
  }
  zsock_setsockopt(sock, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
  if (type == SOCK_DGRAM) {
    zsock_setsockopt(sock, SOL_TLS, TLS_DTLS_ROLE, &role, sizeof(role));
  }
  if (zsock_setsockopt(sock, SOL_TLS, TLS_SEC_TAG_LIST, tags, sizeof(tags)) < 0 ||
      zsock_bind(sock, (struct sockaddr*)&address, sizeof(address)) < 0) {
    zsock_close(sock);
    return -1;
  }
  return sock;
}

static void accept_client(void) {
  int sock = zsock_accept(fds[LISTENER].fd, NULL, NULL);

  if (sock < 0) {
    LOG_WRN("a client did not come through: %d", errno);
    return;
  }
  for (int i = FIRST_CLIENT; i < SLOTS; i++) {
    if (fds[i].fd < 0) {
      fds[i].fd = sock;
      return;
    }
  }
  zsock_close(sock);
}

static void echo_stream(struct zsock_pollfd* client) {
  ssize_t length = zsock_recv(client->fd, buffer, sizeof(buffer), ZSOCK_MSG_DONTWAIT);

  if (length < 0 && errno == EAGAIN) {
    return;
  }
  if (length <= 0 || zsock_send(client->fd, buffer, (size_t)length, 0) < 0) {
    zsock_close(client->fd);
    client->fd = -1;
  }
}

static void echo_datagram(void) {
  struct sockaddr_storage peer;
  socklen_t size = sizeof(peer);
  ssize_t length = zsock_recvfrom(fds[DATAGRAMS].fd, buffer, sizeof(buffer), ZSOCK_MSG_DONTWAIT,
                                  (struct sockaddr*)&peer, &size);

  if (length > 0) {
    zsock_sendto(fds[DATAGRAMS].fd, buffer, (size_t)length, 0, (struct sockaddr*)&peer, size);
  }
}

int main(int argc, char* argv[]) {
  int port = argc > 3 ? atoi(argv[1]) : 0;

  if (argc < 4 ||
      add_credential(TLS_CREDENTIAL_PUBLIC_CERTIFICATE, argv[2], certificate, sizeof(certificate)) <
          0 ||
      add_credential(TLS_CREDENTIAL_PRIVATE_KEY, argv[3], key, sizeof(key)) < 0) {
    LOG_ERR("tls_server PORT CERTIFICATE_FILE KEY_FILE");
    return 2;
  }
  for (int i = 0; i < SLOTS; i++) {
    fds[i].fd = -1;
    fds[i].events = ZSOCK_POLLIN;
  }
  fds[LISTENER].fd = open_socket(SOCK_STREAM, IPPROTO_TLS_1_2, port);
  fds[DATAGRAMS].fd = open_socket(SOCK_DGRAM, IPPROTO_DTLS_1_2, port);
  if (fds[LISTENER].fd < 0 || fds[DATAGRAMS].fd < 0 || zsock_listen(fds[LISTENER].fd, 4) < 0) {
    LOG_ERR("cannot open port %d: %d", port, errno);
    return 1;
  }
  printk("TLS and DTLS echo on port %d\n", port);

  while (zsock_poll(fds, SLOTS, -1) >= 0) {
    for (int i = FIRST_CLIENT; i < SLOTS; i++) {
      if (fds[i].fd >= 0 && fds[i].revents != 0) {
        echo_stream(&fds[i]);
      }
    }
    if (fds[DATAGRAMS].revents != 0) {
      echo_datagram();
    }
    if (fds[LISTENER].revents != 0) {
      accept_client();
    }
  }
  return 1;
}
