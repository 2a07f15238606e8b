#pragma once
/// \file
/// A DHCP server's messages, octet by octet.

#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "daemon/stack/base/bytes.h"
#include "daemon/stack/dhcp/message.h"

namespace zsock::test {

using Octets = std::vector<std::byte>;

inline Octets octets(std::initializer_list<unsigned> values) {
  Octets bytes;
  for (const unsigned value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

inline Octets seconds(std::uint32_t value) {
  Octets bytes(4);
  store_be32(bytes, 0, value);
  return bytes;
}

/// A reply without options; they are appended.
class DhcpReply {
 public:
  DhcpReply(dhcp::MessageType type, std::uint32_t transaction, const wire::MacAddr& client,
            std::string_view address)
      : bytes_(240) {
    store_u8(bytes_, 0, 2);
    store_be16(bytes_, 1, 0x0106);
    store_be32(bytes_, 4, transaction);
    wire::IpAddress::parse(address)->store(bytes_, 16);
    client.store(bytes_, 28);
    store_be32(bytes_, 236, 0x63825363);
    add(53, octets({static_cast<unsigned>(type)}));
  }
  DhcpReply& add(unsigned code, const Octets& value) {
    append(bytes_, code, value);
    return *this;
  }
  /// What every server says.
  DhcpReply& usual(std::uint32_t lease) {
    add(54, octets({192, 0, 2, 254}));
    add(51, seconds(lease));
    add(1, octets({255, 255, 255, 0}));
    return add(3, octets({192, 0, 2, 254}));
  }
  static void append(Octets& to, unsigned code, const Octets& value) {
    to.push_back(static_cast<std::byte>(code));
    to.push_back(static_cast<std::byte>(value.size()));
    to.insert(to.end(), value.begin(), value.end());
  }
  Octets& bytes() { return bytes_; }

 private:
  Octets bytes_;
};

}  // namespace zsock::test
