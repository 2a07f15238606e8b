#pragma once
/// \file
/// Socket options: Linux's level, name and value on one side, the stack's options on the other,
/// with Linux's ranges and errors (conformance 2.5).

#include <array>
#include <cstddef>
#include <cstdint>

#include "daemon/client.h"
#include "daemon/context.h"
#include "libzsock/ipc/messages.h"

namespace zsock::host {

struct OptionValue {
  int error = 0;  ///< errno
  std::size_t size = 0;
  std::array<std::uint8_t, ipc::kMaxValue> octets{};

  [[nodiscard]] ByteView bytes() const { return std::as_bytes(std::span(octets)).first(size); }
};

/// Which option of which socket.
struct OptionName {
  std::int32_t level = 0;  ///< SOL_SOCKET, IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP
  std::int32_t name = 0;
};

class SocketOptionTable {
 public:
  explicit SocketOptionTable(const Context& context) : context_(context) {}

  /// \return 0 or an errno: EINVAL (length, range), ENOPROTOOPT (unknown option), EOPNOTSUPP
  /// (unknown level), ENOENT (unknown congestion control), and what the stack says.
  int set(Socket& socket, OptionName option, ByteView value, Instant now);
  OptionValue get(Client& client, Socket& socket, OptionName option, Instant now);

 private:
  struct Entry;
  static bool knows_level(const Socket& socket, int level);
  static bool is_too_short(const Socket& socket, OptionName option, ByteView value);
  static bool is_of_groups(const Entry& entry);
  static int find(const Socket& socket, OptionName option, const Entry*& entry);
  int set_number(Socket& socket, const Entry& entry, std::int64_t number, Instant now);
  int set_membership(Socket& socket, const Entry& entry, ByteView value, Instant now);
  [[nodiscard]] std::optional<InterfaceId> interface_of(const wire::IpAddress& address) const;
  int set_multicast_interface(Socket& socket, ByteView value, Instant now);
  [[nodiscard]] OptionValue get_multicast_interface(const Socket& socket) const;
  int set_rate(Socket& socket, ByteView value, Instant now);
  int set_congestion(Socket& socket, ByteView value, Instant now);
  int set_linger(Socket& socket, ByteView value, Instant now);
  OptionValue get_number(Client& client, Socket& socket, const Entry& entry, Instant now);
  Result<std::int64_t, SockError> from_stack(const Socket& socket, const Entry& entry) const;
  [[nodiscard]] int check_fast_open(const Socket& socket, Option option) const;
  static void exclude(Socket& socket, const Entry& entry);
  static std::int64_t stored(const Socket& socket, const Entry& entry);
  [[nodiscard]] std::int64_t buffer_size(const Socket& socket, const Entry& entry) const;
  std::int64_t fact(Client& client, const Socket& socket, const Entry& entry) const;
  OptionValue get_congestion(const Socket& socket) const;
  OptionValue get_linger(const Socket& socket) const;
  OptionValue get_tcp_info(const Socket& socket, Instant now) const;
  std::int64_t pending_error(Client& client, const Socket& socket) const;

  static const Entry kTable[];
  Context context_;
};

}  // namespace zsock::host
