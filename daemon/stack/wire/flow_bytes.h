#pragma once
/// \file
/// A flow as octets in one fixed form, to be fed to a keyed hash.

#include <array>
#include <cstddef>

#include "daemon/stack/base/bytes.h"
#include "daemon/stack/wire/addr.h"

namespace zsock::wire {

struct FlowBytes {
  std::array<std::byte, 48> octets{};
  std::size_t size = 0;
  [[nodiscard]] ByteView view() const { return ByteView{octets}.first(size); }
};

/// Ports, then addresses (the 4 or 16 octets of the family), then for IPv6 the scopes. Flows that
/// differ have octets that differ.
[[nodiscard]] inline FlowBytes flow_bytes(const Flow& flow) {
  FlowBytes bytes;
  store_be16(bytes.octets, 0, flow.local.port);
  store_be16(bytes.octets, 2, flow.remote.port);
  bytes.size = 4;
  const auto append = [&bytes](const IpAddress& address) {
    const std::size_t length = address.size();
    std::memcpy(bytes.octets.data() + bytes.size, address.octets().data(), length);
    bytes.size += length;
  };
  append(flow.local.address);
  append(flow.remote.address);
  if (flow.local.address.is_v6()) {
    store_be32(bytes.octets, bytes.size, flow.local.scope);
    store_be32(bytes.octets, bytes.size + 4, flow.remote.scope);
    bytes.size += 8;
  }
  return bytes;
}

}  // namespace zsock::wire
