/** \file The time that SO_TIMESTAMPING gives: here that of the host's clock (CLOCK_REALTIME). */
#ifndef ZEPHYR_NET_PTP_TIME_H_
#define ZEPHYR_NET_PTP_TIME_H_

#include <zephyr/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PTP_NSEC_PER_SEC 1000000000ULL

struct zsock_ptp_seconds {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  uint32_t low;
  uint16_t high;
  uint16_t unused;
#else
  uint16_t unused;
  uint16_t high;
  uint32_t low;
#endif
};

struct net_ptp_time {
  __extension__ union {
    struct zsock_ptp_seconds _sec;
    uint64_t second;
  };
  uint32_t nanosecond;
};

static inline uint64_t net_ptp_time_to_ns(const struct net_ptp_time* ts) {
  return ts == NULL ? 0 : ts->second * PTP_NSEC_PER_SEC + ts->nanosecond;
}

static inline struct net_ptp_time ns_to_net_ptp_time(uint64_t ns) {
  struct net_ptp_time ts;

  ts.second = ns / PTP_NSEC_PER_SEC;
  ts.nanosecond = (uint32_t)(ns % PTP_NSEC_PER_SEC);
  return ts;
}

#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_NET_PTP_TIME_H_ */
