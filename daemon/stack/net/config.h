#pragma once
/// \file
/// Limits and timers of the network layer, with unit, default and source.

#include <cstddef>
#include <cstdint>

#include "daemon/stack/base/siphash.h"
#include "daemon/stack/base/time.h"

namespace zsock::net {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): literals only

struct Config {
  std::uint8_t default_ttl = 64;

  // Neighbours: RFC 4861 10, used for ARP as well (RFC 1122 2.3.2.1).
  Duration reachable_time = 30s;         ///< scaled by 0.5..1.5
  Duration retransmit_interval = 1s;     ///< RETRANS_TIMER
  Duration delay_first_probe = 5s;       ///< DELAY_FIRST_PROBE_TIME
  std::uint32_t multicast_solicits = 3;  ///< also ARP requests before failure
  std::uint32_t unicast_solicits = 3;
  std::size_t neighbor_limit = 1024;   ///< entries per interface
  std::size_t incomplete_limit = 256;  ///< of them unresolved (RFC 6583)
  std::size_t neighbor_queue_octets =
      128U << 10U;  ///< waiting packets per neighbour: more than one largest datagram in fragments
  std::uint32_t acd_probes = 3;     ///< RFC 5227 1.1; 0: leased addresses are used at once
  std::uint32_t dad_transmits = 1;  ///< RFC 4862 5.1; 0: addresses are used at once

  /// RFC 7217: what makes our identifiers ours; the same over restarts, or addresses change.
  SipKey address_secret{};

  // Reassembly.
  Duration ipv4_reassembly_timeout = 30s;
  Duration ipv6_reassembly_timeout = 60s;     ///< RFC 8200 4.5
  std::size_t reassembly_octets = 4U << 20U;  ///< per family
  std::size_t reassembly_octets_per_source = 256U << 10U;
  std::size_t reassembly_datagrams_per_source = 64;
  std::size_t fragments_per_datagram = 64;

  // ICMP errors: RFC 1812 4.3.2.8, RFC 4443 2.4(f).
  Duration icmp_interval_per_destination = 1s;
  std::uint32_t icmp_per_second = 1000;
  std::uint32_t icmp_burst = 50;

  std::size_t route_limit = 1024;
  std::size_t output_queue_packets = 1024;  ///< per interface, packets that no socket buffer holds
  Duration path_mtu_age = 600s;             ///< RFC 1191 6.3, RFC 8201 4
  std::size_t path_mtu_limit = 4096;        ///< cached destinations
  bool verify_checksums = true;             ///< off only under a fuzzer
};

}  // namespace zsock::net
