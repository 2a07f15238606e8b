#pragma once
/// \file
/// Socket addresses: Zephyr's layout and family numbers to and from the host's.

#include "daemon/stack/base/result.h"
#include "libzsock/zephyr/native.h"

namespace zsock::zephyr {

/// A socket address of the host.
struct NativeAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);

  sockaddr* get();
  const sockaddr* get() const;
};

/// \return the host's number of a family; -1 if there is no such
int native_family(int family);
/// \return Zephyr's number of a family; NET_AF_UNSPEC if there is no such
net_sa_family_t zephyr_family(int family);

/// \param size  octets at `address`; more than the family needs is fine
/// \return or an errno: EINVAL (no address, too short), EAFNOSUPPORT
Result<NativeAddress, int> to_native(const net_sockaddr* address, net_socklen_t size);

/// Zephyr's form; family NET_AF_UNSPEC if the host's is neither IPv4 nor IPv6.
net_sockaddr_storage from_native(const NativeAddress& address);

/// Copies as much as *size allows to `to` and sets *size to the whole size.
void copy_out(const net_sockaddr_storage& from, net_sockaddr* to, net_socklen_t* size);

}  // namespace zsock::zephyr
