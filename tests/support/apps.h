#pragma once
/// \file
/// Applications as a Stack sees them: rings in plain memory and the indices that libzsock would
/// keep. Every call goes straight to the stack at the host's present time.

#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/stack/base/datagram.h"
#include "daemon/stack/stack.h"

namespace zsock::test {

/// Where and when an application lives; outlives it.
struct World {
  Stack* stack = nullptr;
  const Instant* now = nullptr;
};

struct RingSizes {
  std::size_t receive = 1U << 16U;  ///< octets, powers of two
  std::size_t transmit = 1U << 16U;
  bool grow = false;  ///< when the stack wants them larger
};

/// The memory of one socket's rings and the application's ends of them.
class AppRings {
 public:
  explicit AppRings(const RingSizes& sizes) : receive_(sizes.receive), transmit_(sizes.transmit) {}
  [[nodiscard]] tcp::Rings rings() { return {receive_, transmit_}; }

  [[nodiscard]] std::uint64_t written() const { return written_; }
  [[nodiscard]] std::uint64_t consumed() const { return consumed_; }
  /// Octets that may be put, given the stack's head.
  [[nodiscard]] std::size_t room(std::uint64_t head) const {
    return transmit_.size() - static_cast<std::size_t>(written_ - head);
  }
  [[nodiscard]] std::size_t octets() const { return receive_.size() + transmit_.size(); }
  void put(ByteView bytes);      ///< REQUIRES: room for them
  void get(MutableBytes bytes);  ///< REQUIRES: so many are readable
  std::vector<std::byte>& memory(tcp::RingSide side) {
    return side == tcp::RingSide::receive ? receive_ : transmit_;
  }

 private:
  std::vector<std::byte> receive_;
  std::vector<std::byte> transmit_;
  std::uint64_t written_ = 0;
  std::uint64_t consumed_ = 0;
};

/// One TCP socket and its application.
class TcpApp {
 public:
  TcpApp(World world, const RingSizes& sizes) : world_(world), rings_(sizes), grows_(sizes.grow) {}

  SocketId id{};          ///< set by whoever opened or accepted it
  wire::Flow flow{};      ///< accepted ones
  bool released = false;  ///< the stack has given the rings back

  [[nodiscard]] tcp::Rings rings() { return rings_.rings(); }
  Status<SockError> connect(const wire::Endpoint& remote);
  /// Writes as much as there is room for; octets written.
  std::size_t write(ByteView bytes);
  /// Reads what is there, up to bytes.size(); octets read. Tells the stack when it is worth it.
  std::size_t read(MutableBytes bytes);
  /// What was read so far, as the daemon takes note of it whenever something new has come.
  void tell_read();
  [[nodiscard]] std::size_t ring_octets() const { return rings_.octets(); }
  [[nodiscard]] std::size_t readable() const;
  [[nodiscard]] std::size_t room() const;
  /// The peer has finished and everything is read.
  [[nodiscard]] bool at_end() const;
  [[nodiscard]] SocketStatus status() const;
  [[nodiscard]] bool connected() const { return status().connected && !status().failed; }
  SockError take_error() { return world_.stack->take_error(id); }
  /// RFC 9293 name of its state; empty when the socket is gone.
  [[nodiscard]] std::string_view state() const;
  void shutdown_send();
  void close();
  void abort();

 private:
  void grow(tcp::RingSide side, std::size_t octets);

  World world_;
  AppRings rings_;
  bool grows_;
};

/// One UDP socket and its application.
class UdpApp {
 public:
  struct Received {
    wire::Endpoint from{};
    std::vector<std::byte> payload{};
  };

  UdpApp(World world, const RingSizes& sizes) : world_(world), rings_(sizes) {}
  SocketId id{};
  bool released = false;

  [[nodiscard]] tcp::Rings rings() { return rings_.rings(); }
  /// False: no room. Without `to`: to the connected peer. \param segment_size  UDP_SEGMENT; 0: off
  bool send(ByteView payload, const std::optional<wire::Endpoint>& to,
            std::uint16_t segment_size = 0);
  std::optional<Received> receive();
  void close() { world_.stack->close(id, *world_.now); }

 private:
  World world_;
  AppRings rings_;
};

}  // namespace zsock::test
