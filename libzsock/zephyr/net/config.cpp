/// \file
/// net_config: waiting for the network at the start.

#include <cstring>

#include "libzsock/zephyr/net/interface.h"

#include <zephyr/logging/log.h>
#include <zephyr/net/net_config.h>

LOG_MODULE_REGISTER(net_config, LOG_LEVEL_INF);

namespace {

bool ready(const zsock::zephyr::Network& network, uint32_t flags) {
  return network.up && ((flags & NET_CONFIG_NEED_IPV4) == 0 || network.has_usable(true)) &&
         ((flags & NET_CONFIG_NEED_IPV6) == 0 || network.has_usable(false));
}

}  // namespace

int net_config_init(const char* app_info, uint32_t flags, int32_t timeout) {
  constexpr int kPauseMs = 50;
  const k_timepoint_t end = sys_timepoint_calc(timeout < 0 ? K_FOREVER : K_MSEC(timeout));
  if (app_info != nullptr) LOG_INF("%s", app_info);
  while (!ready(zsock::zephyr::refresh(), flags)) {
    if (sys_timepoint_expired(end)) {
      LOG_ERR("no network in %d ms", timeout);
      return -ETIMEDOUT;
    }
    k_msleep(kPauseMs);
  }
  return 0;
}

void zsock_config_check(const char* option, const char* address) {
  net_in6_addr octets{};
  const bool ipv4 = zsock_inet_pton(NET_AF_INET, address, &octets) == 1;
  if (!ipv4 && zsock_inet_pton(NET_AF_INET6, address, &octets) != 1) return;
  net_in_addr octets4{};
  std::memcpy(&octets4, &octets, sizeof octets4);
  const bool there = ipv4 ? net_if_ipv4_addr_lookup(&octets4, nullptr) != nullptr
                          : net_if_ipv6_addr_lookup(&octets, nullptr) != nullptr;
  if (!there) LOG_WRN("%s is %s, an address that zsockd does not have", option, address);
}
