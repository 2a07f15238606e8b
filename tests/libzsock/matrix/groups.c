/* Groups of the interface, and when a datagram came. */
#include <time.h>
#include <zephyr/net/igmp.h>
#include <zephyr/net/mld.h>
#include <zephyr/net/ptp_time.h>

#include "matrix.h"

static void test_membership(void) {
  struct net_if* iface = net_if_get_default();
  struct in_addr group = at4("239.1.2.3", 0).sin_addr;
  struct in_addr single = at4("192.0.2.9", 0).sin_addr;
  struct in6_addr group6 = at6("ff15::7", 0).sin6_addr;
  struct in6_addr single6 = at6("2001:db8::9", 0).sin6_addr;

  GIVES(net_ipv4_igmp_leave(iface, &group), -EINVAL);
  GIVES(net_ipv4_igmp_join(iface, &group, NULL), 0);
  GIVES(net_ipv4_igmp_join(iface, &group), -EALREADY); /* as before Zephyr 3.6 */
  GIVES(net_ipv4_igmp_leave(iface, &group), 0);
  GIVES(net_ipv4_igmp_leave(iface, &group), -EINVAL);
  GIVES(net_ipv4_igmp_join(iface, &single, NULL), -EINVAL);
  GIVES(net_ipv6_mld_leave(iface, &group6), -EINVAL);
  GIVES(net_ipv6_mld_join(iface, &group6), 0);
  GIVES(net_ipv6_mld_join(iface, &group6), -EALREADY);
  GIVES(net_ipv6_mld_leave(iface, &group6), 0);
  GIVES(net_ipv6_mld_join(iface, &single6), -EINVAL);
}

/* A socket that has joined nothing gets what the interface's groups get. */
static void test_datagrams_to_the_group(void) {
  struct net_if* iface = net_if_get_default();
  struct sockaddr_in group = at4("239.1.2.3", 7061);
  struct sockaddr_in any = at4("0.0.0.0", 7061);
  int from = bound4(UDP, 7060);
  int to = open4(UDP);
  char text[8] = "";

  GIVES(zsock_bind(to, ADDRESS(any)), 0);
  limit(to, SO_RCVTIMEO, 300);
  GIVES(zsock_sendto(from, "no", 2, 0, ADDRESS(group)), 2);
  FAILS(zsock_recv(to, text, sizeof(text), 0), EAGAIN);
  GIVES(net_ipv4_igmp_join(iface, &group.sin_addr, NULL), 0);
  GIVES(zsock_sendto(from, "yes", 3, 0, ADDRESS(group)), 3);
  limit(to, SO_RCVTIMEO, 5000);
  GIVES(zsock_recv(to, text, sizeof(text), 0), 3);
  GIVES(strcmp(text, "yes"), 0);
  GIVES(net_ipv4_igmp_leave(iface, &group.sin_addr), 0);
  GIVES(zsock_close(from) | zsock_close(to), 0);
}

static void test_timestamps(void) {
  int from = bound4(UDP, 7062);
  int to = bound4(UDP, 7063);
  struct sockaddr_in address = at4("192.0.2.1", 7063);
  int flags = 8;
  socklen_t size = sizeof(flags);
  char text[8];
  char control[CMSG_SPACE(sizeof(struct net_ptp_time))] = {0};
  struct iovec piece = {.iov_base = text, .iov_len = sizeof(text)};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
  struct net_ptp_time came;
  struct cmsghdr* item;
  time_t now = time(NULL);

  FAILS(zsock_setsockopt(to, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(flags)), EINVAL);
  flags = SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_TX_HARDWARE;
  GIVES(zsock_setsockopt(to, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(flags)), 0);
  GIVES(zsock_getsockopt(to, SOL_SOCKET, SO_TIMESTAMPING, &flags, &size), 0);
  GIVES(flags, SOF_TIMESTAMPING_RX_HARDWARE);
  GIVES(zsock_sendto(from, "when", 4, 0, ADDRESS(address)), 4);
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  GIVES(zsock_recvmsg(to, &message, 0), 4);
  item = CMSG_FIRSTHDR(&message);
  if (item == NULL || item->cmsg_level != SOL_SOCKET || item->cmsg_type != SO_TIMESTAMPING) {
    GIVES(0, 1);
  } else {
    memcpy(&came, CMSG_DATA(item), sizeof(came));
    GIVES(came.second >= (uint64_t)now && came.second <= (uint64_t)time(NULL), 1);
    GIVES(came.nanosecond < NSEC_PER_SEC, 1);
  }
  flags = 0;
  GIVES(zsock_setsockopt(to, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(flags)), 0);
  GIVES(zsock_sendto(from, "when", 4, 0, ADDRESS(address)), 4);
  message.msg_controllen = sizeof(control);
  GIVES(zsock_recvmsg(to, &message, 0), 4);
  GIVES(message.msg_controllen, 0);
  GIVES(zsock_close(from) | zsock_close(to), 0);
}

void test_groups(void) {
  test_membership();
  test_datagrams_to_the_group();
  test_timestamps();
}
