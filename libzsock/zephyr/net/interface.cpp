#include "libzsock/zephyr/net/interface.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "libzsock/zephyr/kernel/wait.h"

namespace zsock::zephyr {
namespace {

constexpr std::int64_t kFresh = 200'000'000;  ///< ns for which an answer is good enough

net_if_ipv4 shown_ipv4{};
net_if_ipv6 shown_ipv6{};
net_if shown{.config = {.name = {}, .ip = {.ipv4 = &shown_ipv4, .ipv6 = &shown_ipv6}},
             .link_addr = {},
             .mtu = 0,
             .up = false,
             .ignored = false};
std::int64_t shown_at = 0;
K_MUTEX_DEFINE(mutex);

/// Holds `mutex`.
class Held {
 public:
  Held() { k_mutex_lock(&mutex, K_FOREVER); }
  ~Held() { k_mutex_unlock(&mutex); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
};

net_if_addr as_shown(const Own& own) {
  net_if_addr address{};
  address.address.family = own.ipv4 ? NET_AF_INET : NET_AF_INET6;
  std::memcpy(&address.address.in6_addr, own.info(), own.info_size());
  address.addr_type = NET_ADDR_MANUAL;
  address.addr_state = own.state == Own::State::usable ? NET_ADDR_PREFERRED : NET_ADDR_TENTATIVE;
  address.is_used = own.state != Own::State::duplicate;
  return address;
}

net_in_addr netmask(int prefix) {
  net_in_addr mask{};
  for (int bit = 0; bit < prefix && bit < 32; ++bit) {
    mask.s4_addr[bit / 8] = static_cast<std::uint8_t>(mask.s4_addr[bit / 8] | (0x80 >> (bit % 8)));
  }
  return mask;
}

void show(const Network& network) {
  const Held held;
  shown_ipv4 = {};
  shown_ipv6 = {};
  std::size_t v4 = 0;
  std::size_t v6 = 0;
  for (const Own& own : network.addresses) {
    if (own.ipv4 && v4 < NET_IF_MAX_IPV4_ADDR) {
      shown_ipv4.unicast[v4++] = {.ipv4 = as_shown(own), .netmask = netmask(own.prefix)};
    } else if (!own.ipv4 && v6 < NET_IF_MAX_IPV6_ADDR) {
      shown_ipv6.unicast[v6++] = as_shown(own);
    }
  }
  shown_ipv4.gw = network.gateway;
  std::snprintf(shown.config.name, sizeof shown.config.name, "%s", network.name.c_str());
  shown.link_addr = network.link;
  shown.mtu = network.mtu;
  shown.up = network.up;
  shown_at = kernel::now();
}

net_if& fresh() {
  bool old = false;
  {
    const Held held;
    old = shown_at == 0 || kernel::now() - shown_at > kFresh;
  }
  if (old) refresh();
  return shown;
}

}  // namespace

Network refresh() {
  std::array<char, 8192> text{};
  const Network network = zs_interface(text.data(), text.size()) < 0
                              ? Network{}
                              : parse_network(std::string_view(text.data()));
  show(network);
  return network;
}

}  // namespace zsock::zephyr

using namespace zsock::zephyr;  // NOLINT(google-build-using-namespace): the edge to C

net_if* net_if_get_default() {
  return &fresh();
}

net_if* net_if_get_by_index(int index) {
  return index == 1 ? &fresh() : nullptr;
}

int net_if_get_by_iface(const net_if* iface) {
  return iface == &shown ? 1 : -1;
}

int net_if_get_by_name(const char* name) {
  return std::strcmp(fresh().config.name, name) == 0 ? 1 : -ENOENT;
}

int net_if_get_name(net_if* iface, char* buf, int len) {
  fresh();
  if (iface == nullptr || buf == nullptr || len <= 0) return -EINVAL;
  const std::size_t size = std::strlen(iface->config.name);
  if (size >= static_cast<std::size_t>(len)) return -EINVAL;
  std::memcpy(buf, iface->config.name, size + 1);
  return static_cast<int>(size);
}

void net_if_foreach(net_if_cb_t cb, void* user_data) {
  cb(&fresh(), user_data);
}

bool net_if_is_up(net_if* iface) {
  fresh();
  return iface != nullptr && iface->up;
}

int net_if_up(net_if* iface) {
  return net_if_is_up(iface) ? -EALREADY : -ENETDOWN;
}

int net_if_down(net_if* iface) {
  return net_if_is_up(iface) ? -ENOTSUP : -EALREADY;
}

uint16_t net_if_get_mtu(net_if* iface) {
  fresh();
  return iface->mtu;
}

net_linkaddr* net_if_get_link_addr(net_if* iface) {
  fresh();
  return &iface->link_addr;
}

namespace {

bool has_state(const net_if_addr& address, net_addr_state state) {
  return address.is_used && (state == NET_ADDR_ANY_STATE || address.addr_state == state);
}

template <class Wanted>
net_if_addr* find_ipv6(Wanted wanted) {
  fresh();
  auto* const end = std::end(shown_ipv6.unicast);
  auto* const found = std::find_if(std::begin(shown_ipv6.unicast), end, wanted);
  return found != end ? found : nullptr;
}

template <class Wanted>
net_if_addr* find_ipv4(Wanted wanted) {
  fresh();
  auto* const end = std::end(shown_ipv4.unicast);
  auto* const found = std::find_if(std::begin(shown_ipv4.unicast), end,
                                   [&](net_if_addr_ipv4& entry) { return wanted(entry.ipv4); });
  return found != end ? &found->ipv4 : nullptr;
}

net_if_addr* with_interface(net_if_addr* found, net_if** iface) {
  if (iface != nullptr) *iface = found != nullptr ? &shown : nullptr;
  return found;
}

bool is_link_local(net_if_addr& address) {
  return net_ipv6_is_ll_addr(&address.address.in6_addr);
}

}  // namespace

net_if_addr* net_if_ipv4_addr_lookup(const net_in_addr* addr, net_if** iface) {
  return with_interface(find_ipv4([addr](const net_if_addr& own) {
                          return own.is_used && own.address.in_addr.s_addr == addr->s_addr;
                        }),
                        iface);
}

net_if_addr* net_if_ipv6_addr_lookup(const net_in6_addr* addr, net_if** iface) {
  return with_interface(find_ipv6([addr](const net_if_addr& own) {
                          return own.is_used && net_ipv6_addr_cmp(&own.address.in6_addr, addr);
                        }),
                        iface);
}

net_if_addr* net_if_ipv4_addr_add(net_if*, const net_in_addr* addr, net_addr_type, uint32_t) {
  return net_if_ipv4_addr_lookup(addr, nullptr);
}

net_if_addr* net_if_ipv6_addr_add(net_if*, const net_in6_addr* addr, net_addr_type, uint32_t) {
  return net_if_ipv6_addr_lookup(addr, nullptr);
}

net_in_addr* net_if_ipv4_get_global_addr(net_if*, net_addr_state state) {
  net_if_addr* const found = find_ipv4([state](net_if_addr& own) {
    return has_state(own, state) && !net_ipv4_is_ll_addr(&own.address.in_addr);
  });
  return found != nullptr ? &found->address.in_addr : nullptr;
}

net_in6_addr* net_if_ipv6_get_global_addr(net_addr_state state, net_if** iface) {
  net_if_addr* const found = with_interface(
      find_ipv6([state](net_if_addr& own) { return has_state(own, state) && !is_link_local(own); }),
      iface);
  return found != nullptr ? &found->address.in6_addr : nullptr;
}

net_in6_addr* net_if_ipv6_get_ll(net_if*, net_addr_state state) {
  net_if_addr* const found =
      find_ipv6([state](net_if_addr& own) { return has_state(own, state) && is_link_local(own); });
  return found != nullptr ? &found->address.in6_addr : nullptr;
}

bool net_if_ipv4_set_netmask_by_addr(net_if*, const net_in_addr* addr, const net_in_addr* netmask) {
  fresh();
  return std::any_of(std::begin(shown_ipv4.unicast), std::end(shown_ipv4.unicast),
                     [&](const net_if_addr_ipv4& own) {
                       return own.ipv4.is_used && own.netmask.s_addr == netmask->s_addr &&
                              own.ipv4.address.in_addr.s_addr == addr->s_addr;
                     });
}
