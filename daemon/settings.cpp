#include "daemon/settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <type_traits>

#include "daemon/stack/base/check.h"

namespace zsock::host {
namespace {

constexpr std::int64_t kMs = 1000;
constexpr std::int64_t kSecond = 1000 * kMs;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kKiB = 1024;
constexpr std::int64_t kMiB = 1024 * kKiB;
constexpr std::int64_t kGiB = 1024 * kMiB;

template <auto Member>
Field in_tcp(Config& config) {
  return &(config.stack.tcp.*Member);
}
template <auto Member>
Field in_udp(Config& config) {
  return &(config.stack.udp.*Member);
}
template <auto Member>
Field in_net(Config& config) {
  return &(config.stack.net.*Member);
}
template <auto Member>
Field in_ports(Config& config) {
  return &(config.stack.ports.*Member);
}
template <auto Member>
Field in_stack(Config& config) {
  return &(config.stack.*Member);
}
template <auto Member>
Field in_quota(Config& config) {
  return &(config.host.quota.*Member);
}
template <auto Member>
Field in_host(Config& config) {
  return &(config.host.*Member);
}

using enum Unit;

constexpr auto kSettings = std::to_array<Setting>({
    {"tcp.initial_rto", duration, 10 * kMs, 60 * kSecond, "first retransmission timeout",
     in_tcp<&tcp::Config::initial_rto>},
    {"tcp.initial_rto_after_syn_loss", duration, 10 * kMs, 60 * kSecond,
     "the same, when a SYN was lost", in_tcp<&tcp::Config::initial_rto_after_syn_loss>},
    {"tcp.min_rto", duration, 10 * kMs, 60 * kSecond, "lower bound of the retransmission timeout",
     in_tcp<&tcp::Config::min_rto>},
    {"tcp.max_rto", duration, kSecond, kHour, "upper bound of the retransmission timeout",
     in_tcp<&tcp::Config::max_rto>},
    {"tcp.syn_retries", count, 1, 127, "retransmissions of a SYN",
     in_tcp<&tcp::Config::syn_retries>},
    {"tcp.syn_ack_retries", count, 1, 127, "retransmissions of a SYN-ACK",
     in_tcp<&tcp::Config::syn_ack_retries>},
    {"tcp.retries_r1", count, 1, 100, "retransmissions before the route is looked at again",
     in_tcp<&tcp::Config::retries_r1>},
    {"tcp.retries_r2", count, 1, 100, "retransmissions before a connection times out",
     in_tcp<&tcp::Config::retries_r2>},
    {"tcp.orphan_retries", count, 1, 100, "the same, for connections that nobody holds",
     in_tcp<&tcp::Config::orphan_retries>},
    {"tcp.time_wait", duration, kSecond, 240 * kSecond, "length of TIME-WAIT",
     in_tcp<&tcp::Config::time_wait>},
    {"tcp.fin_wait_2_orphan", duration, kSecond, kHour, "FIN-WAIT-2 of a closed socket",
     in_tcp<&tcp::Config::fin_wait_2_orphan>},
    {"tcp.keepalive_idle", duration, kSecond, 24 * kHour, "silence before the first probe",
     in_tcp<&tcp::Config::keepalive_idle>},
    {"tcp.keepalive_interval", duration, kSecond, kHour, "between probes",
     in_tcp<&tcp::Config::keepalive_interval>},
    {"tcp.keepalive_probes", count, 1, 127, "unanswered probes before a connection times out",
     in_tcp<&tcp::Config::keepalive_probes>},
    {"tcp.delayed_ack", duration, kMs, 500 * kMs, "an acknowledgement waits so long for company",
     in_tcp<&tcp::Config::delayed_ack>},
    {"tcp.max_delayed_ack", duration, kMs, 500 * kMs, "and at most so long",
     in_tcp<&tcp::Config::max_delayed_ack>},
    {"tcp.quick_acks", count, 0, 1000, "segments acknowledged at once after the start",
     in_tcp<&tcp::Config::quick_acks>},
    {"tcp.cork_timeout", duration, kMs, 10 * kSecond, "TCP_CORK and MSG_MORE hold data so long",
     in_tcp<&tcp::Config::cork_timeout>},
    {"tcp.initial_window_segments", count, 1, 64, "initial congestion window",
     in_tcp<&tcp::Config::initial_window_segments>},
    {"tcp.min_peer_mss", count, 48, 1220, "a smaller MSS of a peer counts as this",
     in_tcp<&tcp::Config::min_peer_mss>},
    {"tcp.window_scaling", flag, 0, 1, "RFC 7323 2", in_tcp<&tcp::Config::window_scaling>},
    {"tcp.timestamps", flag, 0, 1, "RFC 7323 3", in_tcp<&tcp::Config::timestamps>},
    {"tcp.sack", flag, 0, 1, "selective acknowledgments, RFC 2018", in_tcp<&tcp::Config::sack>},
    {"tcp.invalid_ack_interval", duration, 0, 60 * kSecond,
     "between answers to unacceptable segments of one connection",
     in_tcp<&tcp::Config::invalid_ack_interval>},
    {"tcp.challenge_acks_per_second", count, 1, 100000, "of one connection",
     in_tcp<&tcp::Config::challenge_acks_per_second>},
    {"tcp.receive_buffer", power_of_two, 4 * kKiB, 64 * kMiB, "ring of a new connection",
     in_tcp<&tcp::Config::receive_buffer>},
    {"tcp.send_buffer", power_of_two, 4 * kKiB, 64 * kMiB, "ring of a new connection",
     in_tcp<&tcp::Config::send_buffer>},
    {"tcp.max_receive_buffer", power_of_two, 4 * kKiB, 64 * kMiB,
     "to which it grows, or SO_RCVBUF makes it", in_tcp<&tcp::Config::max_receive_buffer>},
    {"tcp.max_send_buffer", power_of_two, 4 * kKiB, 64 * kMiB,
     "to which it grows, or SO_SNDBUF makes it", in_tcp<&tcp::Config::max_send_buffer>},
    {"tcp.connection_limit", count, 1, 1 << 24, "connections",
     in_tcp<&tcp::Config::connection_limit>},
    {"tcp.time_wait_limit", count, 0, 1 << 24, "connections in TIME-WAIT",
     in_tcp<&tcp::Config::time_wait_limit>},
    {"tcp.orphan_limit", count, 0, 1 << 24, "connections that nobody holds",
     in_tcp<&tcp::Config::orphan_limit>},
    {"tcp.backlog_limit", count, 1, 65535, "largest backlog listen() gets",
     in_tcp<&tcp::Config::backlog_limit>},
    {"tcp.syn_backlog", count, 1, 1 << 20, "half-open connections of one listener",
     in_tcp<&tcp::Config::syn_backlog>},
    {"tcp.syn_backlog_total", count, 1, 1 << 24, "half-open connections",
     in_tcp<&tcp::Config::syn_backlog_total>},
    {"tcp.syn_cookies", flag, 0, 1, "when there are more half-open connections, RFC 4987",
     in_tcp<&tcp::Config::syn_cookies>},
    {"tcp.soft_icmp_in_syn_sent_is_fatal", flag, 0, 1,
     "an unreachable destination fails connect() at once",
     in_tcp<&tcp::Config::soft_icmp_in_syn_sent_is_fatal>},

    {"udp.receive_buffer", power_of_two, 4 * kKiB, 64 * kMiB, "ring of a socket",
     in_udp<&UdpConfig::receive_buffer>},
    {"udp.send_buffer", power_of_two, 128 * kKiB, 64 * kMiB,
     "ring of a socket; holds the largest datagram", in_udp<&UdpConfig::send_buffer>},
    {"udp.fanout_limit", count, 1, 65536, "copies of one group datagram",
     in_udp<&UdpConfig::fanout_limit>},

    {"net.default_ttl", count, 1, 255, "time to live, hop limit",
     in_net<&net::Config::default_ttl>},
    {"net.reachable_time", duration, kSecond, kHour, "a neighbour counts as reachable",
     in_net<&net::Config::reachable_time>},
    {"net.retransmit_interval", duration, 10 * kMs, 60 * kSecond, "between solicitations",
     in_net<&net::Config::retransmit_interval>},
    {"net.delay_first_probe", duration, 10 * kMs, 60 * kSecond, "a stale neighbour is used unasked",
     in_net<&net::Config::delay_first_probe>},
    {"net.multicast_solicits", count, 1, 100, "questions before a neighbour is unreachable",
     in_net<&net::Config::multicast_solicits>},
    {"net.unicast_solicits", count, 1, 100, "probes before a neighbour is asked for again",
     in_net<&net::Config::unicast_solicits>},
    {"net.neighbor_limit", count, 8, 1 << 20, "neighbours of an interface",
     in_net<&net::Config::neighbor_limit>},
    {"net.incomplete_limit", count, 4, 1 << 20, "of them unresolved",
     in_net<&net::Config::incomplete_limit>},
    {"net.neighbor_queue_octets", size, 1500, 16 * kMiB, "waiting for one neighbour",
     in_net<&net::Config::neighbor_queue_octets>},
    {"net.acd_probes", count, 0, 10, "ARP probes for an address that DHCP gave; 0: none",
     in_net<&net::Config::acd_probes>},
    {"net.dad_transmits", count, 0, 10, "duplicate address detection; 0: none",
     in_net<&net::Config::dad_transmits>},
    {"net.ipv4_reassembly_timeout", duration, kSecond, 120 * kSecond, "life of fragments",
     in_net<&net::Config::ipv4_reassembly_timeout>},
    {"net.ipv6_reassembly_timeout", duration, kSecond, 120 * kSecond, "life of fragments",
     in_net<&net::Config::ipv6_reassembly_timeout>},
    {"net.reassembly_octets", size, 64 * kKiB, kGiB, "fragments of a family",
     in_net<&net::Config::reassembly_octets>},
    {"net.reassembly_octets_per_source", size, 64 * kKiB, kGiB, "fragments of a source",
     in_net<&net::Config::reassembly_octets_per_source>},
    {"net.reassembly_datagrams_per_source", count, 1, 65536, "datagrams in pieces, of a source",
     in_net<&net::Config::reassembly_datagrams_per_source>},
    {"net.fragments_per_datagram", count, 2, 8192, "more: the datagram is dropped",
     in_net<&net::Config::fragments_per_datagram>},
    {"net.icmp_interval_per_destination", duration, 0, 60 * kSecond, "between ICMP errors",
     in_net<&net::Config::icmp_interval_per_destination>},
    {"net.icmp_per_second", count, 1, 1000000, "ICMP errors to all",
     in_net<&net::Config::icmp_per_second>},
    {"net.icmp_burst", count, 1, 1000000, "ICMP errors to all, at once",
     in_net<&net::Config::icmp_burst>},
    {"net.route_limit", count, 1, 1 << 20, "routes", in_net<&net::Config::route_limit>},
    {"net.output_queue_packets", count, 16, 1 << 20, "packets that no socket buffer holds",
     in_net<&net::Config::output_queue_packets>},
    {"net.path_mtu_age", duration, 2 * kMinute, 24 * kHour, "a path MTU is believed",
     in_net<&net::Config::path_mtu_age>},
    {"net.path_mtu_limit", count, 1, 1 << 20, "destinations with a path MTU",
     in_net<&net::Config::path_mtu_limit>},

    {"ports.first", count, 1024, 65535, "ephemeral range", in_ports<&PortConfig::first>},
    {"ports.last", count, 1024, 65535, "ephemeral range", in_ports<&PortConfig::last>},
    {"limits.sockets", count, 1, 1 << 24, "sockets of the stack",
     in_stack<&StackConfig::socket_limit>},

    {"user.clients", count, 1, 1 << 20, "processes of one user", in_quota<&QuotaConfig::clients>},
    {"user.sockets", count, 1, 1 << 24, "sockets of one user", in_quota<&QuotaConfig::sockets>},
    {"user.listeners", count, 1, 1 << 24, "listeners of one user",
     in_quota<&QuotaConfig::listeners>},
    {"user.memory", size, 16 * kMiB, 4096 * kGiB, "shared memory of one user, pages used or not",
     in_quota<&QuotaConfig::memory>},
    {"total.clients", count, 1, 1 << 20, "processes", in_quota<&QuotaConfig::total_clients>},
    {"total.sockets", count, 1, 1 << 24, "sockets", in_quota<&QuotaConfig::total_sockets>},
    {"total.listeners", count, 1, 1 << 24, "listeners", in_quota<&QuotaConfig::total_listeners>},
    {"total.memory", size, 16 * kMiB, 4096 * kGiB, "shared memory, pages used or not",
     in_quota<&QuotaConfig::total_memory>},

    {"host.privileged_ports", count, 0, 65535, "ports below it are for privileged users only",
     in_host<&HostConfig::privileged_ports>},
    {"host.drain_timeout", duration, 0, kHour, "from SIGTERM to the end",
     in_host<&HostConfig::drain_timeout>},
    {"host.spin", duration, 0, 10 * kMs,
     "the most of busy waiting before a sleep, of zsockd and of its clients; 0: none",
     in_host<&HostConfig::spin>},
    {"host.turn_frames", count, 1, 4096, "frames per turn of the loop, each way",
     in_host<&HostConfig::turn_frames>},
    {"host.turn_sockets", count, 1, 4096, "sockets of one client per turn",
     in_host<&HostConfig::turn_sockets>},
    {"host.turn_octets", size, 4 * kKiB, 64 * kMiB, "octets of one client per turn",
     in_host<&HostConfig::turn_octets>},
    {"host.accept_queue", count, 1, 250, "connections that lie in a listener's descriptor",
     in_host<&HostConfig::accept_queue>},
    {"host.shards", count, 1, 8, "threads with a stack and a queue of the TAP each",
     in_host<&HostConfig::shards>},
});

struct Suffix {
  std::string_view text;
  std::int64_t factor;
};

// From large to small.
constexpr std::array kDurations{Suffix{"h", kHour}, Suffix{"min", kMinute}, Suffix{"s", kSecond},
                                Suffix{"ms", kMs}, Suffix{"us", 1}};
constexpr std::array kSizes{Suffix{"GiB", kGiB}, Suffix{"MiB", kMiB}, Suffix{"KiB", kKiB},
                            Suffix{"", 1}};
constexpr std::array kCounts{Suffix{"", 1}};

std::span<const Suffix> suffixes(Unit unit) {
  if (unit == duration) return kDurations;
  if (unit == count) return kCounts;
  return kSizes;
}

}  // namespace

std::span<const Setting> settings() {
  return kSettings;
}

const Setting* find_setting(std::string_view key) {
  const auto* found = std::ranges::find(kSettings, key, &Setting::key);
  return found == kSettings.end() ? nullptr : found;
}

std::int64_t get_value(const Setting& setting, Config& config) {
  const auto read = [](const auto* place) -> std::int64_t {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(*place)>, Duration>) {
      return place->count();
    } else {
      return static_cast<std::int64_t>(*place);
    }
  };
  return std::visit(read, setting.field(config));
}

void set_value(const Setting& setting, Config& config, std::int64_t value) {
  ZSOCK_CHECK(value >= setting.min && value <= setting.max);
  const auto write = [value](auto* place) {
    using Type = std::remove_reference_t<decltype(*place)>;
    *place = static_cast<Type>(value);
  };
  std::visit(write, setting.field(config));
}

std::optional<std::int64_t> parse_value(Unit unit, std::string_view text) {
  if (unit == flag) {
    if (text == "true") return 1;
    if (text == "false") return 0;
    return std::nullopt;
  }
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || number < 0) return std::nullopt;
  const std::string_view suffix(rest, static_cast<std::size_t>(end - rest));
  if (suffix.empty() && number == 0) return 0;
  for (const Suffix& known : suffixes(unit)) {
    if (suffix != known.text) continue;
    if (number > std::numeric_limits<std::int64_t>::max() / known.factor) return std::nullopt;
    return number * known.factor;
  }
  return std::nullopt;
}

std::string format_value(Unit unit, std::int64_t value) {
  if (unit == flag) return value != 0 ? "true" : "false";
  for (const Suffix& suffix : suffixes(unit)) {
    if (value % suffix.factor != 0 || (value == 0 && suffix.factor != 1)) continue;
    return std::to_string(value / suffix.factor) + std::string(suffix.text);
  }
  return std::to_string(value);
}

}  // namespace zsock::host
