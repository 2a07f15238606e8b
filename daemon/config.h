#pragma once
/// \file
/// Config: everything an operator can set, and how a file is read. The table of settings is in
/// settings.h, flags are in command_line.h.

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/quota.h"
#include "daemon/stack/base/time.h"
#include "daemon/stack/config.h"
#include "daemon/stack/wire/addr.h"
#include "libzsock/ipc/messages.h"

namespace zsock::host {

/// The host's own limits.
struct HostConfig {
  QuotaConfig quota{};
  std::uint16_t privileged_ports = 1024;  ///< ports below it are for privileged users only
  std::vector<uid_t> privileged_users{0};
  Duration drain_timeout = std::chrono::seconds{5};  ///< from SIGTERM to the end
  Duration spin = std::chrono::microseconds{100};    ///< the most of busy waiting before a sleep
  std::size_t turn_frames = 64;                      ///< frames per turn of the loop, each way
  std::size_t turn_sockets = 64;                     ///< sockets of one client per turn
  std::size_t turn_octets = 1U << 20U;               ///< octets written by one client, per turn
  std::size_t accept_queue = 64;  ///< connections that lie in a listener's descriptor
  std::size_t shards = 1;         ///< threads, each with a stack and a queue of the device
};

enum class LogLevel : std::uint8_t { trace, debug, info, warn, error };

/// The stack's defaults, but for how far rings grow: to what a path of 10 Gbit/s and 50 ms holds.
inline StackConfig default_stack() {
  StackConfig stack;
  stack.tcp.max_receive_buffer = std::size_t{64} << 20U;
  stack.tcp.max_send_buffer = std::size_t{64} << 20U;
  return stack;
}

/// For the resolver in the library; zsockd itself looks nothing up.
struct DnsConfig {
  std::vector<wire::Endpoint> servers{};
  std::vector<std::string> search{};  ///< domains
};

struct Config {
  StackConfig stack = default_stack();
  HostConfig host{};
  std::string device{};  ///< as drivers::parse_device_spec reads it
  std::vector<wire::Cidr> addresses{};
  bool dhcp = false;               ///< IPv4 address and routes from a DHCP server
  bool autoconfiguration = false;  ///< IPv6 addresses and routes as routers advertise them
  std::vector<wire::IpAddress> gateways{};
  DnsConfig dns{};
  std::string socket_path = ipc::kDefaultSocketPath;
  std::string
      user{};  ///< to become when started by root, before the control socket is made; empty: stay
  LogLevel log_level = LogLevel::info;
};

/// Sets what the TOML text says. \param name  of the file, for messages. Throws StartError.
void read_config_text(Config& config, std::string_view text, const std::string& name);

/// Sets one key from text ("tcp.min_rto", "100ms"). \param where  precedes the message. Throws
/// StartError.
void set_from_text(Config& config, const std::string& where, std::string_view key,
                   std::string_view value);

/// Errors that need the whole: a device and an address must be given, ranges must be in order.
/// Throws StartError.
void check_config(const Config& config);

/// A commented file of all settings with their defaults.
std::string default_config_text();

}  // namespace zsock::host
