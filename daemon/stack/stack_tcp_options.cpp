/// \file
/// Options of TCP sockets: ranges, and what takes effect at once.

#include <algorithm>
#include <limits>

#include "daemon/stack/stack_state.h"

namespace zsock {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kMaxSeconds = 32767 * kSecond;

/// Takes a value into its place if it lies in its range.
template <class Field>
Status<SockError> store(Field& field, std::int64_t value, std::int64_t low, std::int64_t high) {
  if (value < low || value > high) return Err{SockError::invalid};
  field = static_cast<typename Field::value_type>(value);
  return {};
}

/// The same, where 0 takes the value away.
template <class Field>
Status<SockError> store_or_clear(Field& field, std::int64_t value, std::int64_t low,
                                 std::int64_t high) {
  if (value != 0) return store(field, value, low, high);
  field.reset();
  return {};
}

std::int64_t or_default(tcp::OptionalTime value, Duration fallback) {
  return value.value_or(fallback).count();
}

Status<SockError> store_congestion(tcp::SocketOptions& options, std::int64_t value) {
  constexpr auto kLast = static_cast<std::int64_t>(tcp::CongestionControl::newreno);
  return store(options.congestion, value, 0, kLast);
}

/// TCP_DEFER_ACCEPT counts time in retransmissions of a SYN-ACK, as Linux does: 1, 3, 7, … seconds.
Duration deferral(std::uint8_t timeouts, const tcp::Config& config) {
  return config.initial_rto * ((std::int64_t{1} << timeouts) - 1);
}

std::uint8_t timeouts_for(Duration time, const tcp::Config& config) {
  const auto most = static_cast<std::uint8_t>(std::min(config.syn_ack_retries, 30U));
  std::uint8_t timeouts = 0;
  while (timeouts < most && deferral(timeouts, config) < time) ++timeouts;
  return timeouts;
}

/// TCP_LINGER2, as Linux: 0 is the default, negative none, at most two minutes.
tcp::OptionalTime fin_wait_2_of(std::int64_t value) {
  if (value == 0) return std::nullopt;
  return Duration{std::clamp<std::int64_t>(value, -1, 120 * kSecond)};
}

Status<SockError> store_number(tcp::SocketOptions& o, const tcp::Config& config, Option option,
                               std::int64_t value) {
  constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();
  switch (option) {
    case Option::keepalive_idle:
      return store(o.keepalive_idle, value, kSecond, kMaxSeconds);
    case Option::keepalive_interval:
      return store(o.keepalive_interval, value, kSecond, kMaxSeconds);
    case Option::keepalive_probes:
      return store(o.keepalive_probes, value, 1, 127);
    case Option::user_timeout:
      return store_or_clear(o.user_timeout, value, 0, kForever);
    case Option::syn_retries:
      return store(o.syn_retries, value, 1, 127);
    case Option::max_segment:
      return store_or_clear(o.max_segment, value, config.min_peer_mss, 32767);
    case Option::congestion:
      return store_congestion(o, value);
    case Option::defer_accept:
      o.defer_accept = timeouts_for(Duration{value}, config);
      return {};
    case Option::linger:
      o.linger = value < 0 ? tcp::OptionalTime{} : tcp::OptionalTime{Duration{value}};
      return {};
    case Option::fin_wait_2:
      o.fin_wait_2 = fin_wait_2_of(value);
      return {};
    case Option::fast_open_queue:
      if (value < 0) return Err{SockError::invalid};
      o.fast_open_queue = static_cast<std::uint16_t>(
          std::min<std::int64_t>(value, static_cast<std::int64_t>(config.backlog_limit)));
      return {};
    case Option::pacing_limit:
      o.pacing_limit = static_cast<std::uint64_t>(value);
      return {};
    case Option::unsent_limit:
      o.unsent_limit = static_cast<std::uint32_t>(value);
      return {};
    default:
      return Err{SockError::option_not_supported};
  }
}

bool* find_switch(tcp::SocketOptions& options, Option option) {
  switch (option) {
    case Option::keep_alive:
      return &options.keep_alive;
    case Option::no_delay:
      return &options.no_delay;
    case Option::cork:
      return &options.cork;
    case Option::more:
      return &options.more;
    case Option::oob_inline:
      return &options.oob_inline;
    case Option::quick_ack:
      return &options.quick_ack;
    case Option::fast_open_connect:
      return &options.fast_open_connect;
    default:
      return nullptr;
  }
}

}  // namespace

Status<SockError> Stack::State::set_tcp_option(SocketRecord& record, Option option,
                                               std::int64_t value, Instant now) {
  tcp::SocketOptions& options = record.tcp_options;
  if (bool* setting = find_switch(options, option); setting != nullptr) {
    *setting = value != 0;
  } else if (const auto stored = store_number(options, config.tcp, option, value); !stored) {
    return stored;
  }
  if (record.connection) {
    record.connection->set_options(options, now);
    if (option == Option::quick_ack) record.connection->renew_quick_ack(now);
    settle(record, now);
  }
  return {};
}

Result<std::int64_t, SockError> Stack::State::get_tcp_option(const SocketRecord& record,
                                                             Option option) const {
  tcp::SocketOptions o = record.tcp_options;
  const tcp::Config& defaults = config.tcp;
  if (const bool* setting = find_switch(o, option); setting != nullptr) return *setting ? 1 : 0;
  switch (option) {
    case Option::keepalive_idle:
      return or_default(o.keepalive_idle, defaults.keepalive_idle);
    case Option::keepalive_interval:
      return or_default(o.keepalive_interval, defaults.keepalive_interval);
    case Option::keepalive_probes:
      return o.keepalive_probes.value_or(defaults.keepalive_probes);
    case Option::linger:
      return or_default(o.linger, Duration{-1});
    case Option::user_timeout:
      return or_default(o.user_timeout, Duration::zero());
    case Option::syn_retries:
      return o.syn_retries.value_or(defaults.syn_retries);
    case Option::max_segment:
      if (record.connection) return record.connection->info().send_mss;
      return o.max_segment.value_or(std::uint16_t{536});
    case Option::fin_wait_2:
      return std::max<std::int64_t>(or_default(o.fin_wait_2, defaults.fin_wait_2_orphan), -1);
    case Option::congestion:
      return static_cast<std::int64_t>(o.congestion.value_or(defaults.congestion));
    case Option::defer_accept:
      return deferral(o.defer_accept, defaults).count();
    case Option::fast_open_queue:
      return o.fast_open_queue;
    case Option::pacing_limit:
      return static_cast<std::int64_t>(o.pacing_limit);
    case Option::unsent_limit:
      return static_cast<std::int32_t>(o.unsent_limit);
    default:
      return Err{SockError::option_not_supported};
  }
}

}  // namespace zsock
