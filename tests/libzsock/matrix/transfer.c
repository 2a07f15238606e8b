/* Sending and receiving. */
#include "matrix.h"

static char data[70000];

static void test_bad_descriptors(void) {
  struct sockaddr source;
  socklen_t size = sizeof(source);
  struct iovec piece = {.iov_base = data, .iov_len = 1};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
  size_t sent = 7;
  const int bad[] = {-1, 0, 1, 2, 1000};

  for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
    FAILS(zsock_send(bad[i], data, 1, 0), EBADF);
    FAILS(zsock_sendto(bad[i], data, 1, 0, &source, sizeof(source)), EBADF);
    FAILS(zsock_sendmsg(bad[i], &message, 0), EBADF);
    FAILS(zsock_recv(bad[i], data, 1, 0), EBADF);
    FAILS(zsock_recv(bad[i], data, 0, 0), EBADF);
    FAILS(zsock_recvfrom(bad[i], data, 1, 0, &source, &size), EBADF);
    FAILS(zsock_recvmsg(bad[i], &message, 0), EBADF);
    GIVES(zsock_send_all(bad[i], data, 1, 0, K_NO_WAIT, &sent), -EBADF);
    GIVES(zsock_sendmsg_all(bad[i], &message, 0, K_NO_WAIT, &sent), -EBADF);
    GIVES(sent, 0);
  }
}

static void test_without_connection(void) {
  struct iovec piece = {.iov_base = data, .iov_len = 1};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
  int listener = listening4(7020, 1);
  int stream = open4(TCP);
  int datagrams = open4(UDP);
  const int streams[] = {listener, stream};

  for (size_t i = 0; i < ARRAY_SIZE(streams); i++) {
    FAILS(zsock_send(streams[i], data, 1, 0), ENOTCONN);
    FAILS(zsock_sendmsg(streams[i], &message, 0), ENOTCONN);
    FAILS(zsock_recv(streams[i], data, 1, 0), ENOTCONN);
    FAILS(zsock_recvmsg(streams[i], &message, 0), ENOTCONN);
    GIVES(zsock_send_all(streams[i], data, 1, 0, K_NO_WAIT, NULL), -ENOTCONN);
    GIVES(zsock_sendmsg_all(streams[i], &message, 0, K_NO_WAIT, NULL), -ENOTCONN);
  }
  FAILS(zsock_send(datagrams, data, 1, 0), EDESTADDRREQ);
  FAILS(zsock_sendmsg(datagrams, &message, 0), EDESTADDRREQ);
  FAILS(zsock_recv(datagrams, data, 1, ZSOCK_MSG_DONTWAIT), EAGAIN);
  GIVES(zsock_close(listener) | zsock_close(stream) | zsock_close(datagrams), 0);
}

static void test_messages(void) {
  struct iovec piece = {.iov_base = data, .iov_len = 1};
  struct msghdr message = {.msg_iov = NULL, .msg_iovlen = 1};
  int sv[2];

  connected4(sv, 7021);
  FAILS(zsock_sendmsg(sv[0], NULL, 0), EINVAL);
  FAILS(zsock_recvmsg(sv[0], NULL, 0), EINVAL);
  FAILS(zsock_recvmsg(sv[0], &message, 0), ENOMEM);
  GIVES(zsock_sendmsg_all(sv[0], NULL, 0, K_NO_WAIT, NULL), -EINVAL);
  GIVES(zsock_sendmsg_all(sv[0], &message, 0, K_NO_WAIT, NULL), -ENOMEM);
  message.msg_iov = &piece;
  message.msg_iovlen = 0;
  FAILS(zsock_recvmsg(sv[0], &message, 0), ENOMEM);
  GIVES(zsock_sendmsg_all(sv[0], &message, 0, K_NO_WAIT, NULL), -ENOMEM);
  GIVES(zsock_close(sv[0]) | zsock_close(sv[1]), 0);
}

/* No data, and no room: at once, after a time, and what a partial wait leaves. */
static void test_waiting_for_data_and_room(void) {
  struct iovec pieces[2] = {{.iov_base = data, .iov_len = 60000},
                            {.iov_base = data, .iov_len = sizeof(data)}};
  struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 2};
  size_t sent = 0;
  int64_t start;
  int sv[2];

  connected4(sv, 7022);
  FAILS(zsock_recv(sv[0], data, 1, ZSOCK_MSG_DONTWAIT), EAGAIN);
  limit(sv[0], SO_RCVTIMEO, 60);
  start = k_uptime_get();
  FAILS(zsock_recv(sv[0], data, 1, 0), EAGAIN);
  GIVES(k_uptime_get() - start >= 60, 1);
  GIVES(zsock_send(sv[1], "abc", 3, 0), 3);
  GIVES(zsock_recv(sv[0], data, 10, ZSOCK_MSG_WAITALL), 3); /* what came within the time */
  while (zsock_send(sv[0], data, sizeof(data), ZSOCK_MSG_DONTWAIT) > 0) {
  }
  k_msleep(50); /* what is on its way to the other side */
  while (zsock_send(sv[0], data, sizeof(data), ZSOCK_MSG_DONTWAIT) > 0) {
  }
  FAILS(zsock_send(sv[0], data, 1, ZSOCK_MSG_DONTWAIT), EAGAIN);
  limit(sv[0], SO_SNDTIMEO, 60);
  FAILS(zsock_send(sv[0], data, 1, 0), EAGAIN);
  GIVES(zsock_send_all(sv[0], data, 9, 0, K_MSEC(60), &sent), -EAGAIN);
  GIVES(sent, 0);
  GIVES(zsock_sendmsg_all(sv[0], &message, 0, K_MSEC(60), &sent), -EAGAIN);
  nonblocking(sv[0]);
  FAILS(zsock_send(sv[0], data, 1, 0), EAGAIN);
  GIVES(zsock_close(sv[0]) | zsock_close(sv[1]), 0);
}

static void test_all_is_sent(void) {
  struct iovec pieces[3] = {{.iov_base = data, .iov_len = 3},
                            {.iov_base = data, .iov_len = 0},
                            {.iov_base = data + 3, .iov_len = 4}};
  struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 3};
  char got[8] = "";
  size_t sent = 0;
  int sv[2];

  memcpy(data, "whole..", 7);
  connected4(sv, 7023);
  GIVES(zsock_sendmsg_all(sv[0], &message, 0, K_FOREVER, &sent), 0);
  GIVES(sent, 7);
  GIVES(pieces[0].iov_len, 3); /* as it was */
  GIVES(zsock_recv(sv[1], got, 7, ZSOCK_MSG_WAITALL), 7);
  GIVES(strcmp(got, "whole.."), 0);
  GIVES(zsock_recv(sv[1], got, 0, 0), 0);
  GIVES(zsock_close(sv[0]) | zsock_close(sv[1]), 0);
}

/* A reset: data that came before is delivered first, then the error, once. */
static void test_reset(void) {
  int sv[2];
  struct zsock_pollfd entry;

  connected4(sv, 7024);
  GIVES(zsock_send(sv[1], "last", 4, 0), 4);
  entry = (struct zsock_pollfd){.fd = sv[0], .events = ZSOCK_POLLIN};
  GIVES(zsock_poll(&entry, 1, 5000), 1);
  reset(sv[1]);
  k_msleep(50);
  GIVES(zsock_recv(sv[0], data, 10, 0), 4);
  FAILS(zsock_recv(sv[0], data, 10, 0), ECONNRESET);
  GIVES(zsock_recv(sv[0], data, 10, 0), 0);
  FAILS(zsock_send(sv[0], data, 1, 0), ENOTCONN);
  GIVES(zsock_close(sv[0]), 0);

  connected4(sv, 7025);
  reset(sv[1]);
  k_msleep(50);
  FAILS(zsock_send(sv[0], data, 1, 0), ECONNRESET);
  GIVES(zsock_close(sv[0]), 0);
}

static void test_datagrams(void) {
  struct sockaddr_in nobody = own4(7027);
  struct sockaddr_in address = own4(7026);
  struct sockaddr_in far = at4("198.51.100.1", 7026);
  struct sockaddr_in6 other = at6("::1", 7026);
  struct sockaddr source;
  socklen_t size = 4;
  int receiver = bound4(UDP, 7026);
  int sender = open4(UDP);

  FAILS(zsock_sendto(sender, data, 1, 0, ADDRESS(other)), EAFNOSUPPORT);
  FAILS(zsock_sendto(sender, data, 1, 0, (struct sockaddr*)&address, 3), EINVAL);
  FAILS(zsock_sendto(sender, data, 1, 0, ADDRESS(far)), ENETUNREACH);
  FAILS(zsock_sendto(sender, data, 65508, 0, ADDRESS(address)), EMSGSIZE);
  GIVES(zsock_sendto(sender, "abcdef", 6, 0, ADDRESS(address)), 6);
  GIVES(zsock_recv(receiver, data, 3, ZSOCK_MSG_PEEK | ZSOCK_MSG_TRUNC), 6); /* the real length */
  FAILS(zsock_recvfrom(receiver, data, 3, 0, &source, NULL), EINVAL);
  FAILS(zsock_recvfrom(receiver, data, 3, 0, &source, &size), EINVAL); /* and it is gone */
  FAILS(zsock_recv(receiver, data, 3, ZSOCK_MSG_DONTWAIT), EAGAIN);
  GIVES(zsock_connect(sender, ADDRESS(nobody)), 0);
  GIVES(zsock_send(sender, data, 1, 0), 1);
  limit(sender, SO_RCVTIMEO, 2000);
  FAILS(zsock_recv(sender, data, 1, 0), ECONNREFUSED); /* nobody is there */
  GIVES(zsock_close(receiver) | zsock_close(sender), 0);
}

void test_transfer(void) {
  test_bad_descriptors();
  test_without_connection();
  test_messages();
  test_waiting_for_data_and_room();
  test_all_is_sent();
  test_reset();
  test_datagrams();
}
