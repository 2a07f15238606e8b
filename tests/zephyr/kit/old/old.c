/* Firmware for Zephyr 2.7: its headers, a main() that returns nothing, lengths of size_t, events of
 * 32 bits. */
#include <kernel.h>
#include <net/net_conn_mgr.h>
#include <net/net_mgmt.h>
#include <net/socket.h>
#include <sys/printk.h>
#include <version.h>

BUILD_ASSERT(KERNEL_VERSION_MAJOR == 2 && KERNEL_VERSION_MINOR == 7, "the version");
BUILD_ASSERT(ZEPHYR_VERSION_CODE == ZEPHYR_VERSION(2, 7, 0), "the version");
BUILD_ASSERT(sizeof(socklen_t) == sizeof(size_t), "lengths");
BUILD_ASSERT(sizeof(zsock_mgmt_event_t) == 4, "events");
BUILD_ASSERT(sizeof(struct msghdr) == 56, "layouts stay");
BUILD_ASSERT(offsetof(struct msghdr, msg_iov) == 16, "layouts stay");
BUILD_ASSERT(sizeof(((struct cmsghdr*)0)->cmsg_len) == 4, "layouts stay");

static struct net_mgmt_event_callback callback;

static void on_event(struct net_mgmt_event_callback* cb, uint32_t event, struct net_if* iface) {
  ARG_UNUSED(cb);
  ARG_UNUSED(event);
  ARG_UNUSED(iface);
}

void main(void) {
  int sv[2];
  int value = 0;
  size_t size = sizeof(value);
  struct sockaddr address;
  size_t address_size = sizeof(address);

  net_mgmt_init_event_callback(&callback, on_event, NET_EVENT_L4_CONNECTED);
  /* A length is read and written as it is here. */
  if (zsock_socketpair(AF_UNIX, SOCK_STREAM, 0, sv) != 0 ||
      getsockname(sv[0], &address, &address_size) != -1 || errno != EOPNOTSUPP ||
      getsockopt(sv[0], SOL_SOCKET, SO_TYPE, &value, &size) != -1 || errno != ENOPROTOOPT ||
      size != sizeof(value) || zsock_close(sv[0]) != 0 || zsock_close(sv[1]) != 0) {
    exit(1);
  }
  printk("Zephyr %s\n", KERNEL_VERSION_STRING);
}
