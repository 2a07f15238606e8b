#pragma once
/// \file
/// What happened, counted: totals and drops by reason. Each field has one writer and one meaning.

#include <cstdint>

namespace zsock {

/// X(field): one counter. The order is the order of reports.
// clang-format off
#define ZSOCK_COUNTERS(X) \
  X(frames_in) X(frames_out) X(octets_in) X(octets_out) X(drop_frame_too_short) \
  X(drop_frame_not_for_us) X(drop_frame_bad_source) X(drop_unknown_ether_type) X(drop_vlan) \
  X(arp_in) X(drop_arp_malformed) X(drop_arp_spoofed) X(arp_address_conflict) X(ipv4_in) \
  X(drop_ipv4_malformed) X(drop_ipv4_checksum) X(drop_ipv4_bad_source) \
  X(drop_ipv4_bad_destination) X(drop_ipv4_source_route) X(drop_ip_martian) X(ipv6_in) \
  X(drop_ipv6_malformed) X(drop_ipv6_bad_source) X(drop_ipv6_bad_destination) \
  X(drop_ipv6_extension) X(drop_unknown_protocol) X(fragments_in) X(reassembled) \
  X(drop_fragment_malformed) X(drop_fragment_overlap) X(drop_fragment_limit) \
  X(drop_fragment_timeout) X(drop_fragment_ecn) X(icmp_in) X(icmp_out) X(drop_icmp_malformed) X(drop_icmp_ignored) \
  X(drop_icmp_rate_limited) X(drop_icmp_no_match) X(igmp_out) X(drop_igmp_ignored) X(drop_ndp_invalid) X(duplicate_address) \
  X(neighbor_resolved) X(neighbor_failed) X(drop_neighbor_table_full) \
  X(drop_neighbor_queue_full) X(drop_router_limit) X(drop_no_route) X(drop_output_queue_full) X(udp_in) X(udp_out) \
  X(drop_udp_malformed) X(drop_udp_checksum) X(drop_udp_no_socket) X(drop_udp_buffer_full) \
  X(drop_udp_fanout_limit) X(drop_error_queue_full) X(tcp_segments_in) X(tcp_segments_out) X(tcp_octets_in) \
  X(tcp_octets_out) X(tcp_active_opens) X(tcp_passive_opens) X(tcp_syn_cookies_sent) \
  X(tcp_syn_cookies_taken) X(tcp_failed_opens) \
  X(tcp_fast_opens_in) X(tcp_fast_opens_out) X(tcp_fast_open_black_holes) \
  X(tcp_resets_in) X(tcp_resets_out) X(tcp_retransmits) X(tcp_timeouts) \
  X(tcp_fast_retransmits) X(tcp_tail_probes) X(tcp_duplicate_acks_in) X(tcp_out_of_order) \
  X(tcp_challenge_acks) X(tcp_ecn_reductions) X(tcp_path_black_holes) \
  X(tcp_spurious_recoveries) X(tcp_spurious_timeouts) \
  X(tcp_paws_rejected) X(tcp_keepalive_probes) X(tcp_window_probes) X(tcp_keepalive_drops) \
  X(tcp_user_timeouts) X(drop_tcp_malformed) X(drop_tcp_checksum) X(drop_tcp_no_socket) \
  X(drop_tcp_invalid_ack) X(drop_tcp_out_of_window) X(drop_tcp_bad_address) \
  X(drop_tcp_buffer_full) X(drop_tcp_listen_queue_full) X(drop_tcp_syn_queue_full) \
  X(drop_tcp_fast_open_full) \
  X(drop_tcp_time_wait_full) X(drop_tcp_orphan_limit)
// clang-format on

struct Counters {
#define ZSOCK_COUNTER_FIELD(name) std::uint64_t name = 0;
  ZSOCK_COUNTERS(ZSOCK_COUNTER_FIELD)
#undef ZSOCK_COUNTER_FIELD
};

}  // namespace zsock
