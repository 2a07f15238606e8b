#pragma once
/// \file
/// What zsockd says: log lines, asynchronously to stderr, and counters and sockets as text. No
/// secrets, no payload (SEC-PRIV-7).

#include <string>
#include <string_view>
#include <vector>

#include "daemon/config.h"
#include "daemon/stack/stack.h"
#include "drivers/device.h"

namespace zsock::host {

/// Lines are written at once from now on.
void start_log(LogLevel level);
/// Starts a thread that writes them: a reader of stderr that stalls costs the oldest lines, never
/// time. Threads have capabilities of their own: privileges are dropped before.
void detach_log();
/// Writes what is left and ends the thread.
void stop_log();

void log_trace(std::string_view line);
void log_debug(std::string_view line);
void log_info(std::string_view line);
/// At most 10 per second; what is left out is counted in the next line.
void log_warn(std::string_view line);
void log_error(std::string_view line);

/// "frames_in 17\n…": those that are not 0.
std::string counters_text(const Counters& counters);
/// One line per socket: protocol, state, addresses, queues.
std::string sockets_text(const std::vector<SocketRow>& rows);
/// "interface NAME mtu N mac M", then "address A/L usable|tentative|duplicate" for each, then
/// "gateway A" for each.
std::string interface_text(const drivers::DeviceInfo& device,
                           const std::vector<net::Ip::AddressInfo>& addresses,
                           const std::vector<wire::IpAddress>& gateways);

}  // namespace zsock::host
