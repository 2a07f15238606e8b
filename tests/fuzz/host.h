#pragma once
/// \file
/// A whole stack for fuzzers: one Ethernet interface with an address of each family, sockets with
/// rings, frames as octets with complete checksums.

#include <array>
#include <list>
#include <memory>
#include <optional>
#include <vector>

#include "daemon/stack/stack.h"

namespace zsock::fuzz {

using Octets = std::vector<std::byte>;

/// The octet at a position of a stream.
inline std::byte octet(std::uint64_t position) {
  return static_cast<std::byte>((position * 31 + position / 251) & 0xffU);
}

/// A socket and its application's ends of the rings.
struct App {
  static constexpr std::size_t kRing = 8192;

  SocketId id{};
  Octets receive = Octets(kRing);
  Octets transmit = Octets(kRing);
  std::uint64_t written = 0;
  std::uint64_t consumed = 0;

  [[nodiscard]] tcp::Rings rings() { return {receive, transmit}; }
};

class Host {
 public:
  Host(std::uint8_t number, std::uint64_t seed);

  [[nodiscard]] wire::IpAddress address(wire::Family family) const;
  [[nodiscard]] wire::MacAddr mac() const { return {{2, 0, 0, 0, 0, number_}}; }
  Stack& stack() { return stack_; }
  [[nodiscard]] InterfaceId interface() const { return interface_; }
  [[nodiscard]] Instant now() const { return now_; }

  App& open(SocketKind kind, wire::Family family);
  /// A listener; `accepted()` tells its child.
  void listen(std::uint16_t port, wire::Family family);
  void connect(App& app, const wire::Endpoint& remote);
  App* accepted();

  /// Writes the next octets of the stream, as many as there is room for.
  void write(App& app, std::size_t octets);
  /// Reads; what is read is the stream.
  void read(App& app, std::size_t octets);

  void receive(ByteView frame);
  /// Everything it wants to send now, cut to frames of the MTU.
  std::vector<Octets> drain();
  void pass(Duration duration);

 private:
  void check();
  void take_events();

  std::uint8_t number_;
  SeededRng rng_;
  StackConfig config_{};
  Stack stack_;
  InterfaceId interface_{};
  Instant now_{std::chrono::hours{1}};
  std::list<App> apps_{};
  std::optional<SocketId> listener_{};
  App* spare_ = nullptr;
  App* accepted_ = nullptr;
  Octets buffer_ = Octets(65536 + kMaxHeaderOctets);  ///< for the frame being cut
};

}  // namespace zsock::fuzz
