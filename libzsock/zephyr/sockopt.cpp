/// \file
/// zsock_getsockopt() and zsock_setsockopt(): values between Zephyr's form and the host's.

#include <cstdint>
#include <cstring>
#include <string>

#include "libzsock/zephyr/address.h"
#include "libzsock/zephyr/options.h"
#include "libzsock/zephyr/pair.h"
#include "libzsock/zephyr/tls_calls.h"

#include <zephyr/net/net_if.h>

namespace zsock::zephyr {
namespace {

static_assert(sizeof(net_linger) == sizeof(linger) && sizeof(net_ip_mreqn) == sizeof(ip_mreqn) &&
              sizeof(net_ip_mreq) == sizeof(ip_mreq) && sizeof(net_ipv6_mreq) == sizeof(ipv6_mreq));
static_assert(sizeof(net_ip_mreqn) == 12 && sizeof(net_ip_mreq) == 8);

/// A value as it lies at the caller's.
struct Value {
  const void* bytes;
  net_socklen_t size;
};

static_assert(IP_PMTUDISC_DO == IPV6_PMTUDISC_DO && IP_PMTUDISC_DONT == IPV6_PMTUDISC_DONT);

int set_native(int sock, const Option& option, const void* bytes, std::size_t size) {
  const int done = zs_setsockopt(sock, option.native_level, option.native_name, bytes,
                                 static_cast<socklen_t>(size));
  if (done < 0 && errno == EOPNOTSUPP) errno = ENOPROTOOPT;
  return result(done);
}

constexpr int kTimestamps = ZSOCK_SOF_TIMESTAMPING_RX_HARDWARE | ZSOCK_SOF_TIMESTAMPING_TX_HARDWARE;

int native_number(Form form, int number) {
  switch (form) {
    case Form::boolean:
      return number != 0 ? 1 : 0;
    case Form::dontfrag:
      return number != 0 ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT;
    case Form::timestamps:
      return (number & ZSOCK_SOF_TIMESTAMPING_RX_HARDWARE) != 0 ? 1 : 0;
    default:
      return number;
  }
}

int zephyr_number(Form form, int number) {
  switch (form) {
    case Form::boolean:
      return number != 0 ? 1 : 0;
    case Form::dontfrag:
      return number == IP_PMTUDISC_DO ? 1 : 0;
    case Form::timestamps:
      return number != 0 ? ZSOCK_SOF_TIMESTAMPING_RX_HARDWARE : 0;
    case Form::octets:
      return number / 2;
    case Form::family:
      return zephyr_family(number);
    default:
      return number;
  }
}

int set_integer(int sock, const Option& option, Value value) {
  int number = 0;
  if (option.form == Form::hint && value.size == 1) {
    std::uint8_t octet = 0;
    std::memcpy(&octet, value.bytes, sizeof octet);
    number = octet;
  } else {
    if (value.size != sizeof number) return fail(EINVAL);
    std::memcpy(&number, value.bytes, sizeof number);
  }
  if (option.form == Form::ignored) return 0;
  if (option.form == Form::timestamps && (number & ~kTimestamps) != 0) return fail(EINVAL);
  number = native_number(option.form, number);
  if (number < 0 && option.level == ZSOCK_SOL_SOCKET) return fail(EINVAL);
  const int done = set_native(sock, option, &number, sizeof number);
  return done < 0 && errno == ENOPROTOOPT && option.form == Form::hint ? 0 : done;
}

// There is one interface: to be bound to it is to be free.
int set_device(Value value) {
  net_ifreq request{};
  if (value.size != 0 && value.size != sizeof request) return fail(EINVAL);
  if (value.size != 0) std::memcpy(&request, value.bytes, sizeof request);
  const std::string name(request.ifr_name, strnlen(request.ifr_name, NET_IFNAMSIZ));
  return name.empty() || net_if_get_by_name(name.c_str()) == 1 ? 0 : fail(ENODEV);
}

int set_membership(int sock, const Option& option, Value value) {
  net_ip_mreqn group;
  if (value.size != sizeof group) return fail(EINVAL);
  std::memcpy(&group, value.bytes, sizeof group);
  if (group.imr_multiaddr.s_addr == NET_INADDR_ANY) return fail(EINVAL);
  return set_native(sock, option, value.bytes, value.size);
}

int set_whole(int sock, const Option& option, Value value, std::size_t size) {
  return value.size == size ? set_native(sock, option, value.bytes, size) : fail(EINVAL);
}

int set_option(int sock, const Option& option, Value value) {
  switch (option.form) {
    case Form::time:
      return set_whole(sock, option, value, sizeof(timeval));
    case Form::linger:
      return set_whole(sock, option, value, sizeof(net_linger));
    case Form::device:
      return set_device(value);
    case Form::membership:
      return set_membership(sock, option, value);
    case Form::membership6:
      return set_whole(sock, option, value, sizeof(net_ipv6_mreq));
    case Form::interface4:
      return set_whole(
          sock, option, value,
          value.size == sizeof(net_ip_mreq) ? sizeof(net_ip_mreq) : sizeof(net_ip_mreqn));
    default:
      return set_integer(sock, option, value);
  }
}

int get_integer(int sock, const Option& option, void* value) {
  int number = 0;
  if (option.form != Form::ignored) {
    socklen_t size = sizeof number;
    const int done = zs_getsockopt(sock, option.native_level, option.native_name, &number, &size);
    if (done < 0 && !(option.form == Form::hint && errno == ENOPROTOOPT)) return done;
  }
  number = zephyr_number(option.form, number);
  std::memcpy(value, &number, sizeof number);
  return 0;
}

std::size_t size_to_get(Form form) {
  switch (form) {
    case Form::time:
      return sizeof(timeval);
    case Form::linger:
      return sizeof(net_linger);
    default:
      return sizeof(int);
  }
}

int get_option(int sock, const Option& option, void* value, net_socklen_t* size) {
  if (*size != size_to_get(option.form)) return fail(EINVAL);
  switch (option.form) {
    case Form::time:
    case Form::linger:
    case Form::interface4:
      return zs_getsockopt(sock, option.native_level, option.native_name, value, size);
    default:
      return get_integer(sock, option, value);
  }
}

}  // namespace
}  // namespace zsock::zephyr

using namespace zsock::zephyr;  // NOLINT(google-build-using-namespace): the edge to C

int zsock_getsockopt(int sock, int level, int optname, void* optval, net_socklen_t* optlen) {
  if (is_pair(sock)) return fail(ENOPROTOOPT);
  if (zs_is_socket(sock) == 0) return fail(EBADF);
  if (const auto tls = find_tls(sock)) {
    const auto done = tls_getsockopt(*tls, level, optname, optval, optlen);
    if (done) return *done;
  }
  const Option* const option = find_option(level, optname);
  if (option == nullptr || option->access == Access::set) return fail(ENOPROTOOPT);
  if (optval == nullptr || optlen == nullptr) return fail(EINVAL);
  const int done = result(get_option(sock, *option, optval, optlen));
  if (done < 0 && errno == EOPNOTSUPP) errno = ENOPROTOOPT;
  return done;
}

int zsock_setsockopt(int sock, int level, int optname, const void* optval, net_socklen_t optlen) {
  if (is_pair(sock)) return fail(ENOPROTOOPT);
  if (zs_is_socket(sock) == 0) return fail(EBADF);
  const auto tls = level == ZSOCK_SOL_TLS ? find_tls(sock) : nullptr;
  if (tls != nullptr) return tls_setsockopt(*tls, optname, optval, optlen);
  const Option* const option = find_option(level, optname);
  if (option == nullptr || option->access == Access::get) return fail(ENOPROTOOPT);
  if (optval == nullptr && optlen != 0) return fail(EINVAL);
  return set_option(sock, *option, {.bytes = optval, .size = optlen});
}
