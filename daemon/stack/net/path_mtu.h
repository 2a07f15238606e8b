#pragma once
/// \file
/// Path MTUs below the link's, learned from ICMP (RFC 1191, RFC 8201). Bounded, and forgotten after
/// a while.

#include <cstdint>
#include <list>
#include <optional>
#include <unordered_map>

#include "daemon/stack/base/rng.h"
#include "daemon/stack/base/time.h"
#include "daemon/stack/net/address_hash.h"
#include "daemon/stack/net/config.h"

namespace zsock::net {

inline constexpr std::uint16_t kMinIpv6Mtu = 1280;  // RFC 8200 5
/// RFC 791 asks for 68 only; as others do, nobody is believed below this, for attackers like it.
inline constexpr std::uint16_t kMinIpv4PathMtu = 552;

class PathMtus {
 public:
  PathMtus(const Config& config, Rng& rng);

  /// The MTU in force, never above `link_mtu`.
  [[nodiscard]] std::uint16_t get(const wire::IpAddress& destination, std::uint16_t link_mtu,
                                  Instant now) const;
  /// Lowers the MTU; never raises it. The least recently learned entry makes room.
  void lower(const wire::IpAddress& destination, std::uint16_t mtu, Instant now);
  [[nodiscard]] std::size_t size() const { return index_.size(); }

  /// What a "packet too big" claims, made credible: nothing when it must be ignored.
  /// \param claimed  octets; 0: an old router did not say (RFC 1191 5)
  /// \param packet_size  octets of the packet that was too big, as it says itself
  static std::optional<std::uint16_t> credible(wire::Family family, std::uint32_t claimed,
                                               std::uint16_t packet_size);

 private:
  struct Entry {
    wire::IpAddress destination{};
    std::uint16_t mtu = 0;
    Instant expires{};
  };
  std::size_t limit_;
  Duration age_;
  std::list<Entry> by_age_;  ///< oldest first
  std::unordered_map<ScopedAddress, std::list<Entry>::iterator, AddressHash> index_;
};

}  // namespace zsock::net
