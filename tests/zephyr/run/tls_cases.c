/* What a program sees of TLS sockets, call by call. tls_cases ADDRESS PORT CA_FILE, with
 * tls_echo.py there. */
#include <stdio.h>
#include <stdlib.h>
#include <zephyr/net/socket.h>
#include <zephyr/net/tls_credentials.h>

#define CHECK(condition)                                                       \
  do {                                                                         \
    if (!(condition)) {                                                        \
      printk("FAILED: line %d: %s (errno %d)\n", __LINE__, #condition, errno); \
      exit(1);                                                                 \
    }                                                                          \
  } while (0)
#define CHECK_ERRNO(call, number) CHECK((call) < 0 && errno == (number))

enum { SIZE = 1000000 };

static struct sockaddr_storage server;
static char authority[8192];
static char out[SIZE];
static char in[SIZE];

static int tls_socket(void) {
  static const sec_tag_t tags[] = {1};
  int sock = zsock_socket(server.ss_family, SOCK_STREAM, IPPROTO_TLS_1_2);

  CHECK(sock >= 0);
  CHECK(zsock_setsockopt(sock, SOL_TLS, TLS_SEC_TAG_LIST, tags, sizeof(tags)) == 0);
  CHECK(zsock_setsockopt(sock, SOL_TLS, TLS_HOSTNAME, "server.example.org", 19) == 0);
  return sock;
}

static int connected(void) {
  int sock = tls_socket();

  CHECK(zsock_connect(sock, (struct sockaddr*)&server, sizeof(server)) == 0);
  return sock;
}

static int poll_one(int sock, short events, int timeout) {
  struct zsock_pollfd entry = {.fd = sock, .events = events};

  CHECK(zsock_poll(&entry, 1, timeout) >= 0);
  return entry.revents;
}

static void sockets_that_do_not_exist(void) {
  CHECK_ERRNO(zsock_socket(AF_INET, SOCK_STREAM, IPPROTO_TLS_1_3), EPROTONOSUPPORT);
  CHECK_ERRNO(zsock_socket(AF_INET, SOCK_DGRAM, IPPROTO_TLS_1_2), EPROTOTYPE);
  CHECK_ERRNO(zsock_socket(AF_INET, SOCK_STREAM, IPPROTO_DTLS_1_2), EPROTOTYPE);
  CHECK_ERRNO(zsock_socket(AF_PACKET, SOCK_STREAM, IPPROTO_TLS_1_2), EAFNOSUPPORT);
}

static void options(void) {
  int plain = zsock_socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  int sock = tls_socket();
  int verify = 3;
  int number = 0;
  int suites[] = {0xc02b, 0xc02c};
  int got[4];
  sec_tag_t unknown = 99;
  socklen_t size = sizeof(number);

  CHECK_ERRNO(zsock_setsockopt(plain, SOL_TLS, TLS_PEER_VERIFY, &verify, sizeof(verify)),
              ENOPROTOOPT);
  zsock_close(plain);
  CHECK_ERRNO(zsock_setsockopt(sock, SOL_TLS, TLS_PEER_VERIFY, &verify, sizeof(verify)), EINVAL);
  CHECK_ERRNO(zsock_setsockopt(sock, SOL_TLS, TLS_PEER_VERIFY, &verify, 1), EINVAL);
  CHECK_ERRNO(zsock_setsockopt(sock, SOL_TLS, TLS_DTLS_CID, &verify, sizeof(verify)), ENOPROTOOPT);
  CHECK_ERRNO(zsock_setsockopt(sock, SOL_TLS, TLS_SEC_TAG_LIST, &unknown, 3), EINVAL);
  CHECK_ERRNO(zsock_getsockopt(sock, SOL_TLS, TLS_CIPHERSUITE_USED, &number, &size), ENOTCONN);
  CHECK(zsock_setsockopt(sock, SOL_TLS, TLS_CIPHERSUITE_LIST, suites, sizeof(suites)) == 0);
  size = sizeof(got);
  CHECK(zsock_getsockopt(sock, SOL_TLS, TLS_CIPHERSUITE_LIST, got, &size) == 0);
  CHECK(size == sizeof(suites) && memcmp(got, suites, sizeof(suites)) == 0);
  size = sizeof(number);
  CHECK(zsock_getsockopt(sock, SOL_SOCKET, SO_PROTOCOL, &number, &size) == 0);
  CHECK(number == IPPROTO_TLS_1_2);
  CHECK(zsock_connect(sock, (struct sockaddr*)&server, sizeof(server)) == 0);
  CHECK(zsock_getsockopt(sock, SOL_TLS, TLS_CIPHERSUITE_USED, &number, &size) == 0);
  CHECK(number == 0xc02b || number == 0xc02c);
  CHECK(zsock_connect(sock, (struct sockaddr*)&server, sizeof(server)) == 0);
  zsock_close(sock);
  sock = tls_socket();
  CHECK(zsock_setsockopt(sock, SOL_TLS, TLS_SEC_TAG_LIST, &unknown, sizeof(unknown)) == 0);
  CHECK_ERRNO(zsock_connect(sock, (struct sockaddr*)&server, sizeof(server)), ENOENT);
  zsock_close(sock);
}

static void not_connected(void) {
  int sock = tls_socket();

  CHECK_ERRNO(zsock_send(sock, "x", 1, 0), ENOTCONN);
  CHECK_ERRNO(zsock_recv(sock, in, 1, 0), ENOTCONN);
  CHECK(zsock_close(sock) == 0);
  CHECK_ERRNO(zsock_recv(sock, in, 1, 0), EBADF);
}

static void refused_name(void) {
  int sock = tls_socket();
  uint32_t result = 0;
  socklen_t size = sizeof(result);

  CHECK(zsock_setsockopt(sock, SOL_TLS, TLS_HOSTNAME, "evil.example.org", 16) == 0);
  CHECK_ERRNO(zsock_connect(sock, (struct sockaddr*)&server, sizeof(server)), ECONNABORTED);
  CHECK(zsock_getsockopt(sock, SOL_TLS, TLS_CERT_VERIFY_RESULT, &result, &size) == 0);
  CHECK(result != 0);
  CHECK_ERRNO(zsock_send(sock, "x", 1, 0), ECONNABORTED);
  zsock_close(sock);
}

static void plaintext_is_what_poll_means(void) {
  struct timeval limit = {0, 50000};
  int sock = connected();
  int octets = 0;

  CHECK(poll_one(sock, ZSOCK_POLLIN | ZSOCK_POLLOUT, 0) == ZSOCK_POLLOUT);
  CHECK(poll_one(sock, ZSOCK_POLLIN, 20) == 0);
  CHECK_ERRNO(zsock_recv(sock, in, 1, ZSOCK_MSG_DONTWAIT), EAGAIN);
  CHECK(zsock_setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0);
  CHECK_ERRNO(zsock_recv(sock, in, 1, 0), EAGAIN);
  CHECK_ERRNO(zsock_recv(sock, in, 1, ZSOCK_MSG_PEEK), ENOTSUP);
  CHECK(zsock_send(sock, "hello", 5, 0) == 5);
  CHECK(poll_one(sock, ZSOCK_POLLIN, 5000) == ZSOCK_POLLIN);
  CHECK(zsock_ioctl(sock, ZFD_IOCTL_FIONREAD, &octets) == 0 && octets == 5);
  CHECK(zsock_recv(sock, in, 2, 0) == 2);
  /* What is left has been decrypted: the descriptor itself has nothing more. */
  CHECK(poll_one(sock, ZSOCK_POLLIN, -1) == ZSOCK_POLLIN);
  CHECK(zsock_recv(sock, in, 100, 0) == 3);
  CHECK(poll_one(sock, ZSOCK_POLLIN, 0) == 0);
  zsock_close(sock);
}

static void messages(void) {
  struct iovec pieces[2] = {{"mess", 4}, {"age", 3}};
  struct iovec room[2] = {{in, 3}, {in + 10, 10}};
  struct msghdr message;
  int sock = connected();

  memset(&message, 0, sizeof(message));
  message.msg_iov = pieces;
  message.msg_iovlen = 2;
  CHECK(zsock_sendmsg(sock, &message, 0) == 7);
  message.msg_iov = room;
  CHECK(zsock_recvmsg(sock, &message, 0) == 7);
  CHECK(memcmp(in, "mes", 3) == 0 && memcmp(in + 10, "sage", 4) == 0);
  zsock_close(sock);
}

static void ends(void) {
  int sock = connected();

  CHECK(zsock_send(sock, "bye", 3, 0) == 3);
  CHECK((poll_one(sock, ZSOCK_POLLIN, 5000) & (ZSOCK_POLLIN | ZSOCK_POLLHUP)) ==
        (ZSOCK_POLLIN | ZSOCK_POLLHUP));
  CHECK(zsock_recv(sock, in, 1, 0) == 0);
  CHECK(zsock_recv(sock, in, 1, 0) == 0);
  zsock_close(sock);
  sock = connected();
  CHECK(zsock_send(sock, "cut", 3, 0) == 3);
  CHECK_ERRNO(zsock_recv(sock, in, 1, 0), ECONNABORTED);
  zsock_close(sock);
}

static void sessions(void) {
  int on = 1;

  for (int i = 0; i < 3; i++) {
    int sock = tls_socket();

    CHECK(zsock_setsockopt(sock, SOL_TLS, TLS_SESSION_CACHE, &on, sizeof(on)) == 0);
    CHECK(zsock_connect(sock, (struct sockaddr*)&server, sizeof(server)) == 0);
    CHECK(zsock_send(sock, "again", 5, 0) == 5);
    CHECK(zsock_recv(sock, in, 5, ZSOCK_MSG_WAITALL) == 5);
    CHECK(zsock_setsockopt(sock, SOL_TLS, TLS_SESSION_CACHE_PURGE, &on, sizeof(on)) == 0 || i < 2);
    zsock_close(sock);
  }
}

static void never_waiting(void) {
  int sock = tls_socket();
  size_t sent = 0;
  size_t received = 0;
  int error = -1;
  socklen_t size = sizeof(error);

  for (size_t i = 0; i < SIZE; i++) {
    out[i] = (char)(i * 31 + (i >> 8));
  }
  CHECK(zsock_fcntl(sock, F_SETFL, O_NONBLOCK) == 0);
  CHECK_ERRNO(zsock_connect(sock, (struct sockaddr*)&server, sizeof(server)), EINPROGRESS);
  CHECK(poll_one(sock, ZSOCK_POLLOUT, 10000) == ZSOCK_POLLOUT);
  CHECK(zsock_getsockopt(sock, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0);
  while (received < SIZE) {
    int events = poll_one(sock, (short)(ZSOCK_POLLIN | (sent < SIZE ? ZSOCK_POLLOUT : 0)), 10000);
    ssize_t length;

    CHECK(events != 0);
    if ((events & ZSOCK_POLLOUT) != 0) {
      length = zsock_send(sock, out + sent, SIZE - sent, 0);
      CHECK(length >= 0 || errno == EAGAIN);
      sent += length > 0 ? (size_t)length : 0;
    }
    if ((events & ZSOCK_POLLIN) != 0) {
      length = zsock_recv(sock, in + received, SIZE - received, 0);
      CHECK(length > 0 || errno == EAGAIN);
      received += length > 0 ? (size_t)length : 0;
    }
  }
  CHECK(memcmp(in, out, SIZE) == 0);
  zsock_close(sock);
}

static void failing_without_waiting(void) {
  struct sockaddr_storage nobody = server;
  int sock = tls_socket();
  int error = 0;
  socklen_t size = sizeof(error);

  net_port_set((struct sockaddr*)&nobody, 9);
  CHECK(zsock_fcntl(sock, F_SETFL, O_NONBLOCK) == 0);
  CHECK(zsock_connect(sock, (struct sockaddr*)&nobody, sizeof(nobody)) < 0);
  if (errno == EINPROGRESS) {
    CHECK((poll_one(sock, ZSOCK_POLLIN, 5000) & ZSOCK_POLLERR) != 0);
    CHECK(zsock_getsockopt(sock, SOL_SOCKET, SO_ERROR, &error, &size) == 0);
    CHECK(error == ECONNREFUSED);
  } else {
    CHECK(errno == ECONNREFUSED); /* the answer was as fast as the call */
  }
  zsock_close(sock);
}

int main(int argc, char* argv[]) {
  FILE* file = fopen(argv[argc - 1], "rb");
  time_t expiry = 0;
  size_t size = fread(authority, 1, sizeof(authority) - 1, file);

  fclose(file);
  CHECK(argc == 4 && net_ipaddr_parse(argv[1], strlen(argv[1]), (struct sockaddr*)&server));
  net_port_set((struct sockaddr*)&server, (uint16_t)atoi(argv[2]));
  CHECK(tls_credential_add(1, TLS_CREDENTIAL_CA_CERTIFICATE, authority, size) == 0);
  CHECK(tls_credential_add(1, TLS_CREDENTIAL_CA_CERTIFICATE, authority, size) == -EEXIST);
  CHECK(tls_credential_add(1, TLS_CREDENTIAL_PSK, "secret", 6) == 0);
  CHECK(tls_credential_expiry(2, TLS_CREDENTIAL_CA_CERTIFICATE, &expiry) == -ENOENT);
  CHECK(tls_credential_expiry(1, TLS_CREDENTIAL_PSK, &expiry) == -EINVAL);
  CHECK(tls_credential_expiry(1, TLS_CREDENTIAL_CA_CERTIFICATE, NULL) == -EINVAL);
  CHECK(tls_credential_expiry(1, TLS_CREDENTIAL_CA_CERTIFICATE, &expiry) == 0);
  CHECK(expiry > time(NULL));
  CHECK(tls_credential_delete(1, TLS_CREDENTIAL_PSK) == 0);
  sockets_that_do_not_exist();
  options();
  not_connected();
  refused_name();
  plaintext_is_what_poll_means();
  messages();
  ends();
  sessions();
  never_waiting();
  failing_without_waiting();
  CHECK(tls_credential_delete(1, TLS_CREDENTIAL_CA_CERTIFICATE) == 0);
  CHECK(tls_credential_delete(1, TLS_CREDENTIAL_CA_CERTIFICATE) == -ENOENT);
  printk("ok: what a program sees of TLS sockets\n");
  return 0;
}
