/* Options, modes and requests: what each refuses. */
#include "matrix.h"

struct option {
  int level;
  int name;
};

/* int, may be set and read on a stream; `value` is accepted. */
struct plain {
  int level;
  int name;
  int value;
};

static const struct plain both_ways[] = {
    {SOL_SOCKET, SO_REUSEADDR, 1},   {SOL_SOCKET, SO_REUSEPORT, 1},   {SOL_SOCKET, SO_KEEPALIVE, 1},
    {SOL_SOCKET, SO_SNDBUF, 4096},   {SOL_SOCKET, SO_RCVBUF, 4096},   {IPPROTO_TCP, TCP_NODELAY, 1},
    {IPPROTO_TCP, TCP_KEEPIDLE, 30}, {IPPROTO_TCP, TCP_KEEPINTVL, 5}, {IPPROTO_TCP, TCP_KEEPCNT, 3},
    {IPPROTO_IP, IP_TTL, 9}};

static const struct option write_only[] = {{SOL_SOCKET, SO_BINDTODEVICE},
                                           {IPPROTO_IP, IP_ADD_MEMBERSHIP},
                                           {IPPROTO_IP, IP_DROP_MEMBERSHIP},
                                           {IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP}};
static const struct option read_only[] = {{SOL_SOCKET, SO_ERROR},      {SOL_SOCKET, SO_TYPE},
                                          {SOL_SOCKET, SO_PROTOCOL},   {SOL_SOCKET, SO_DOMAIN},
                                          {SOL_SOCKET, SO_ACCEPTCONN}, {IPPROTO_IP, IP_MTU}};
/* Numbers that are something else for the host, or nothing here. */
static const struct option unknown[] = {{SOL_SOCKET, SO_SOCKS5},
                                        {SOL_SOCKET, 999},
                                        {SOL_SOCKET, SO_TXTIME},
                                        {IPPROTO_TCP, 999},
                                        {IPPROTO_TCP, 13},
                                        {SOL_SOCKET, SO_TIMESTAMPING},
                                        {IPPROTO_IPV6, IPV6_DONTFRAG}, /* an IPv4 socket's */
                                        {999, 1},
                                        {SOL_TLS, TLS_SEC_TAG_LIST},
                                        {SOL_TLS, TLS_HOSTNAME}};

static void test_plain(void) {
  int sock = zsock_socket(AF_INET, TCP, 0);
  int value = 0;
  socklen_t size;

  for (size_t i = 0; i < ARRAY_SIZE(both_ways); i++) {
    const struct plain o = both_ways[i];

    FAILS(zsock_setsockopt(-1, o.level, o.name, &o.value, sizeof(int)), EBADF);
    FAILS(zsock_setsockopt(sock, o.level, o.name, &o.value, 3), EINVAL);
    FAILS(zsock_setsockopt(sock, o.level, o.name, NULL, sizeof(int)), EINVAL);
    GIVES(zsock_setsockopt(sock, o.level, o.name, &o.value, sizeof(int)), 0);
    size = sizeof(value);
    FAILS(zsock_getsockopt(-1, o.level, o.name, &value, &size), EBADF);
    FAILS(zsock_getsockopt(sock, o.level, o.name, NULL, &size), EINVAL);
    FAILS(zsock_getsockopt(sock, o.level, o.name, &value, NULL), EINVAL);
    size = 3;
    FAILS(zsock_getsockopt(sock, o.level, o.name, &value, &size), EINVAL);
    size = sizeof(value);
    GIVES(zsock_getsockopt(sock, o.level, o.name, &value, &size), 0);
    GIVES(value, o.value);
  }
  GIVES(zsock_close(sock), 0);
}

/* Of 3000 octets, to a neighbour who does not answer: a socket of its own, which nothing has gone
 * wrong with. */
static long send_large(int dontfrag, size_t size) {
  static char data[3000];
  struct sockaddr_in neighbour = at4("192.0.2.77", 7042);
  int sock = open4(UDP);
  long sent;
  int error;

  GIVES(zsock_setsockopt(sock, IPPROTO_IP, IP_DONTFRAG, &dontfrag, sizeof(dontfrag)), 0);
  sent = zsock_sendto(sock, data, size, 0, ADDRESS(neighbour));
  error = errno;
  GIVES(zsock_close(sock), 0);
  errno = error;
  return sent;
}

static void test_dontfrag(void) {
  int sock = open4(UDP);
  int value = 7;
  socklen_t size = sizeof(value);

  GIVES(zsock_getsockopt(sock, IPPROTO_IP, IP_DONTFRAG, &value, &size), 0);
  GIVES(value, 0);
  value = 7;
  FAILS(zsock_setsockopt(sock, IPPROTO_IP, IP_DONTFRAG, &value, 1), EINVAL);
  GIVES(zsock_setsockopt(sock, IPPROTO_IP, IP_DONTFRAG, &value, sizeof(value)), 0);
  GIVES(zsock_getsockopt(sock, IPPROTO_IP, IP_DONTFRAG, &value, &size), 0);
  GIVES(value, 1);
  GIVES(zsock_close(sock), 0);
  FAILS(send_large(1, 3000), EMSGSIZE); /* it would have to be cut */
  GIVES(send_large(1, 1000), 1000);
  GIVES(send_large(0, 3000), 3000);
}

static void test_one_way(void) {
  int sock = open4(TCP);
  int value = 1;
  socklen_t size = sizeof(value);

  for (size_t i = 0; i < ARRAY_SIZE(write_only); i++) {
    FAILS(zsock_getsockopt(sock, write_only[i].level, write_only[i].name, &value, &size),
          ENOPROTOOPT);
  }
  for (size_t i = 0; i < ARRAY_SIZE(read_only); i++) {
    FAILS(zsock_setsockopt(sock, read_only[i].level, read_only[i].name, &value, sizeof(value)),
          ENOPROTOOPT);
  }
  for (size_t i = 0; i < ARRAY_SIZE(unknown); i++) {
    FAILS(zsock_setsockopt(sock, unknown[i].level, unknown[i].name, &value, sizeof(value)),
          ENOPROTOOPT);
    FAILS(zsock_getsockopt(sock, unknown[i].level, unknown[i].name, &value, &size), ENOPROTOOPT);
  }
  GIVES(zsock_close(sock), 0);
}

static void test_structures(void) {
  int sock = open4(UDP);
  int stream = open4(TCP);
  struct timeval time = {.tv_sec = 1, .tv_usec = 0};
  struct ifreq device = {.ifr_name = "nowhere0"};
  struct ip_mreqn group = {{{{0, 0, 0, 0}}}, {{{0, 0, 0, 0}}}, 0};
  struct ip_mreq short_group = {{{{224, 0, 0, 9}}}, {{{0, 0, 0, 0}}}};
  int value = 0;
  socklen_t size = sizeof(value);

  FAILS(zsock_setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &time, 4), EINVAL);
  FAILS(zsock_setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &time, 20), EINVAL);
  FAILS(zsock_setsockopt(sock, SOL_SOCKET, SO_LINGER, &value, sizeof(value)), EINVAL);
  FAILS(zsock_setsockopt(sock, SOL_SOCKET, SO_BINDTODEVICE, &device, 5), EINVAL);
  FAILS(zsock_setsockopt(sock, SOL_SOCKET, SO_BINDTODEVICE, &device, sizeof(device)), ENODEV);
  GIVES(zsock_setsockopt(sock, SOL_SOCKET, SO_BINDTODEVICE, NULL, 0), 0);
  FAILS(zsock_setsockopt(sock, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group)), EINVAL);
  FAILS(zsock_setsockopt(sock, IPPROTO_IP, IP_ADD_MEMBERSHIP, &short_group, sizeof(short_group)),
        EINVAL); /* the host takes it, Zephyr does not */
  FAILS(zsock_getsockopt(stream, IPPROTO_IP, IP_MTU, &value, &size), ENOTCONN);
  value = -1;
  FAILS(zsock_setsockopt(stream, SOL_SOCKET, SO_SNDBUF, &value, sizeof(value)), EINVAL);
  value = 256;
  FAILS(zsock_setsockopt(stream, IPPROTO_IP, IP_TTL, &value, sizeof(value)), EINVAL);
  GIVES(zsock_close(sock) | zsock_close(stream), 0);
}

static void test_modes(void) {
  int sock = open4(TCP);
  int value = 0;
  int listener = listening4(7040, 1);
  int datagrams = open4(UDP);

  FAILS(zsock_fcntl(-1, F_GETFL, 0), EBADF);
  FAILS(zsock_fcntl(0, F_SETFL, O_NONBLOCK), EBADF);
  FAILS(zsock_fcntl(sock, F_DUPFD, 0), EINVAL);
  FAILS(zsock_fcntl(sock, 77, 0), EOPNOTSUPP);
  GIVES(zsock_fcntl(sock, F_GETFL, 0), 0);
  GIVES(zsock_fcntl(sock, F_SETFL, 0x4000), 0); /* Zephyr's own number */
  GIVES(zsock_fcntl(sock, F_GETFL, 0), O_NONBLOCK);
  GIVES(zsock_fcntl(sock, F_SETFL, 0), 0);
  FAILS(zsock_ioctl(-1, ZFD_IOCTL_FIONREAD, &value), EBADF);
  FAILS(zsock_ioctl(sock, 0x1234, &value), EOPNOTSUPP);
  FAILS(zsock_ioctl(listener, ZFD_IOCTL_FIONWRITE, &value), EINVAL);
  FAILS(zsock_ioctl(datagrams, ZFD_IOCTL_FIONWRITE, &value), EOPNOTSUPP);
  GIVES(zsock_ioctl(datagrams, ZFD_IOCTL_FIONREAD, &value), 0);
  GIVES(value, 0);
  GIVES(zsock_ioctl(sock, ZFD_IOCTL_FIONBIO, &value), 0); /* 0, and yet */
  GIVES(zsock_fcntl(sock, F_GETFL, 0), O_NONBLOCK);
  GIVES(zsock_close(sock) | zsock_close(listener) | zsock_close(datagrams), 0);
}

void test_options(void) {
  test_plain();
  test_one_way();
  test_dontfrag();
  test_structures();
  test_modes();
}
