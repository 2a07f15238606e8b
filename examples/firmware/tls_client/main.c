/*
 * TLS client: says a line to a server that an authority vouches for, prints the answer.
 *   tls_client HOST PORT CA_FILE TEXT           TLS 1.2
 *   tls_client HOST PORT CA_FILE TEXT --dtls    DTLS 1.2
 * The authority's certificate is PEM or DER. Firmware has it in its image; here it is a file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <zephyr/kernel.h>
#include <zephyr/logging/log.h>
#include <zephyr/net/socket.h>
#include <zephyr/net/tls_credentials.h>

LOG_MODULE_REGISTER(tls_client, LOG_LEVEL_INF);

enum { CA_TAG = 1 };

static char authority[8192];

static int add_authority(const char* path) {
  FILE* file = fopen(path, "rb");
  size_t size = file == NULL ? 0 : fread(authority, 1, sizeof(authority) - 1, file);

  if (file != NULL) {
    fclose(file);
  }
  return tls_credential_add(CA_TAG, TLS_CREDENTIAL_CA_CERTIFICATE, authority, size);
}

static int open_socket(const struct zsock_addrinfo* server, const char* name, bool dtls) {
  static const sec_tag_t tags[] = {CA_TAG};
  int sock = zsock_socket(server->ai_family, dtls ? SOCK_DGRAM : SOCK_STREAM,
                          dtls ? IPPROTO_DTLS_1_2 : IPPROTO_TLS_1_2);

  if (sock < 0) {
    return -errno;
  }
  if (zsock_setsockopt(sock, SOL_TLS, TLS_SEC_TAG_LIST, tags, sizeof(tags)) < 0 ||
      zsock_setsockopt(sock, SOL_TLS, TLS_HOSTNAME, name, strlen(name)) < 0 ||
      zsock_connect(sock, server->ai_addr, server->ai_addrlen) < 0) {
    int error = errno;

    zsock_close(sock);
    return -error;
  }
  return sock;
}

static int talk(int sock, const char* text) {
  char answer[1024];
  ssize_t length;

  if (zsock_send(sock, text, strlen(text), 0) < 0) {
    LOG_ERR("sending: %d", errno);
    return 1;
  }
  length = zsock_recv(sock, answer, sizeof(answer), 0);
  if (length < 0) {
    LOG_ERR("receiving: %d", errno);
    return 1;
  }
  printk("%.*s\n", (int)length, answer);
  return 0;
}

int main(int argc, char* argv[]) {
  struct zsock_addrinfo* server;
  bool dtls = argc > 5 && strcmp(argv[5], "--dtls") == 0;
  int error;
  int sock;

  if (argc < 5) {
    LOG_ERR("tls_client HOST PORT CA_FILE TEXT [--dtls]");
    return 2;
  }
  error = add_authority(argv[3]);
  if (error != 0) {
    LOG_ERR("no certificate in %s: %d", argv[3], error);
    return 1;
  }
  error = zsock_getaddrinfo(argv[1], argv[2], NULL, &server);
  if (error != 0) {
    LOG_ERR("%s: %s", argv[1], zsock_gai_strerror(error));
    return 1;
  }
  sock = open_socket(server, argv[1], dtls);
  zsock_freeaddrinfo(server);
  if (sock < 0) {
    LOG_ERR("no connection: %d (%s)", -sock, strerror(-sock));
    return 1;
  }
  error = talk(sock, argv[4]);
  zsock_close(sock);
  return error;
}
