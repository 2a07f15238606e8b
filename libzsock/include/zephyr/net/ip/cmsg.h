/** \file Walking and building ancillary data of struct net_msghdr. */
#ifndef ZEPHYR_NET_IP_CMSG_H_
#define ZEPHYR_NET_IP_CMSG_H_

#include <zephyr/net/ip/types.h>

#define NET_ALIGN_H(x) (((size_t)(x) + 7U) & ~(size_t)7U)
#define NET_ALIGN_D(x) NET_ALIGN_H(x)

/** Octets that `length` octets of data take in the buffer, and what cmsg_len says of them. */
#define NET_CMSG_SPACE(length) (NET_ALIGN_D(sizeof(struct net_cmsghdr)) + NET_ALIGN_H(length))
#define NET_CMSG_LEN(length) (NET_ALIGN_D(sizeof(struct net_cmsghdr)) + (size_t)(length))

#define NET_CMSG_DATA(cmsg) \
  ((void*)((uint8_t*)(void*)(cmsg) + NET_ALIGN_D(sizeof(struct net_cmsghdr))))
#define NET_CMSG_FIRSTHDR(message) net_cmsg_first(message)
#define NET_CMSG_NXTHDR(message, cmsg) net_cmsg_next(message, cmsg)

static inline struct net_cmsghdr* net_cmsg_first(const struct net_msghdr* message) {
  return message->msg_control != NULL && message->msg_controllen >= sizeof(struct net_cmsghdr)
             ? (struct net_cmsghdr*)message->msg_control
             : NULL;
}

static inline struct net_cmsghdr* net_cmsg_next(const struct net_msghdr* message,
                                                struct net_cmsghdr* cmsg) {
  size_t offset, step;

  if (cmsg == NULL) {
    return net_cmsg_first(message);
  }
  offset = (size_t)((uint8_t*)cmsg - (uint8_t*)message->msg_control);
  step = NET_ALIGN_H(cmsg->cmsg_len);
  /* A length of less than the header would never come to an end. */
  if (step < sizeof(struct net_cmsghdr) || message->msg_controllen < offset ||
      message->msg_controllen - offset < step ||
      message->msg_controllen - offset - step < sizeof(struct net_cmsghdr)) {
    return NULL;
  }
  return (struct net_cmsghdr*)(void*)((uint8_t*)cmsg + step);
}

#endif /* ZEPHYR_NET_IP_CMSG_H_ */
