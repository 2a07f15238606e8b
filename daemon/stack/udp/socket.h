#pragma once
/// \file
/// One UDP socket: two rings of datagrams, the addresses it is bound and connected to, its pending
/// error. RFC 768, RFC 1122 4.1.

#include <array>
#include <cstddef>
#include <optional>

#include "daemon/stack/base/datagram.h"
#include "daemon/stack/base/errors.h"
#include "daemon/stack/base/result.h"
#include "daemon/stack/base/ring_buffer.h"
#include "daemon/stack/wire/addr.h"

namespace zsock::udp {

/// A received datagram on its way into a socket.
struct Incoming {
  wire::Flow flow{};  ///< local: destination of the datagram
  std::uint32_t interface = 0;
  std::uint8_t hop_limit = 0;
  std::uint8_t traffic_class = 0;
  std::int64_t time = 0;  ///< of its arrival, nanoseconds
  ByteView payload{};
};

/// A datagram the application has written. `remote.port` 0: to the connected peer.
struct Outgoing {
  wire::Endpoint remote{};
  std::optional<wire::IpAddress> source{};  ///< nothing: the socket's, or chosen
  std::uint32_t interface = 0;              ///< 0: by route
  std::uint8_t hop_limit = 0;               ///< 0: the socket's
  std::optional<std::uint8_t> traffic_class{};
  std::uint16_t segment_size = 0;  ///< UDP_SEGMENT: one datagram for so many octets each; 0: one
  std::array<ByteView, 2> payload{};
  std::size_t size = 0;
};

class Socket {
 public:
  wire::Endpoint local{};                  ///< unspecified address: wildcard; port 0: not bound
  std::optional<wire::Endpoint> remote{};  ///< connected peer
  bool v6_only = false;
  bool reuse_port = false;
  bool receive_shut = false;
  bool transmit_shut = false;
  SockError error = SockError::none;  ///< reported once

  /// Hands over the rings. REQUIRES: not attached yet.
  void attach(MutableBytes receive, MutableBytes transmit);
  [[nodiscard]] bool attached() const { return receive_.capacity() != 0; }

  /// Puts a datagram into the receive ring, whole or not at all. False: no room.
  bool deliver(const Incoming& datagram);

  /// What the application has written next, without what was sent of it. Nothing: empty. A header
  /// that contradicts the ring (hostile) yields SockError::protocol_error and the caller ends the
  /// client.
  Result<std::optional<Outgoing>, SockError> next();
  /// So much of what next() showed has been sent as datagrams of their own.
  void sent_part(std::size_t octets) { sent_ += octets; }
  /// Drops what next() showed, by the size it showed then: the header in the ring may have changed
  /// since. REQUIRES: next() showed one.
  void pop();

  /// The application's indices; false when they contradict the ring.
  [[nodiscard]] bool written(std::uint64_t tail) { return transmit_.advance_tail(tail); }
  [[nodiscard]] bool consumed(std::uint64_t head) { return receive_.advance_head(head); }

  [[nodiscard]] const ByteRing& receive_ring() const { return receive_; }
  [[nodiscard]] const ByteRing& transmit_ring() const { return transmit_; }

 private:
  ByteRing receive_;
  ByteRing transmit_;
  std::size_t shown_ = 0;  ///< octets in the ring of the datagram that next() showed
  std::size_t sent_ = 0;   ///< octets of its payload that have been sent
};

}  // namespace zsock::udp
