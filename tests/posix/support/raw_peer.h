#pragma once
/// \file
/// The other end of the wire: a station made by hand. It answers ARP and neighbour solicitations
/// for its address and nothing else; what the stack sends, the case looks at and answers.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/posix/support/sockets.h"

namespace zsock::posix {

/// A packet of the stack under test.
struct Seen {
  std::vector<std::uint8_t> packet{};  ///< from the IP header on
  std::string source{};
  std::string destination{};
  int protocol = 0;
  int hop_limit = 0;
  int traffic_class = 0;
  bool dont_fragment = false;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  int flags = 0;  ///< of TCP, as in its header
  std::string text{};
};

struct IcmpMessage {
  int type = 0;
  int code = 0;
  std::uint32_t rest = 0;  ///< the second word: an MTU, a pointer
};

struct Segment {
  int flags = 0;
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  std::string text{};
};

inline constexpr int kFin = 1;
inline constexpr int kSyn = 2;
inline constexpr int kRst = 4;
inline constexpr int kPsh = 8;
inline constexpr int kAck = 16;

class RawPeer {
 public:
  /// \param address  of 192.0.2.0/24 or 2001:db8::/64
  explicit RawPeer(std::string address);

  [[nodiscard]] Name name(std::uint16_t port) const { return {address_, port}; }
  [[nodiscard]] bool is_v4() const { return address_.find(':') == std::string::npos; }

  /// The next packet to the peer that is wanted; others are passed over. Nothing: none came.
  std::optional<Seen> next(const std::function<bool(const Seen&)>& wanted,
                           std::chrono::milliseconds patience = kPatience);
  /// The next datagram, or segment. Throws when there is none.
  /// \param port  of the stack's; what other sockets have sent is not meant. 0: any
  Seen datagram(std::uint16_t port = 0);
  /// \param port  of the peer's; what older connections repeat is not meant. 0: any
  Seen segment(int flags, std::uint16_t port = 0);
  /// Does any come within a moment?
  bool hears_segment(int flags, std::uint16_t port);
  /// All that was sent to the stack before, it has looked at.
  void settle();

  /// About a packet: quotes as much of it as an ICMP error may.
  void icmp(const Seen& about, const IcmpMessage& message);
  /// To where `to` came from, as if from where it went.
  void answer(const Seen& to, const Segment& segment);
  /// From a port of the peer's to an address of the stack's.
  void send_segment(std::uint16_t from, const Name& to, const Segment& segment);
  void send_datagram(std::uint16_t from, const Name& to, const std::string& text);

 private:
  void send(const std::string& to, int protocol, const std::vector<std::uint8_t>& transport);
  void write_frame(const std::vector<std::uint8_t>& frame);
  void resolve(const std::vector<std::uint8_t>& frame);
  void learn_station();
  std::optional<std::vector<std::uint8_t>> read_frame(std::chrono::milliseconds patience);

  std::string address_;
  std::string station_{};  ///< of the stack, once heard
};

/// A connection of the stack's to the peer, by hand.
struct ByHand {
  Fd fd;
  Seen syn{};
  std::uint32_t ours = 0;    ///< next sequence number of the peer
  std::uint32_t theirs = 0;  ///< next sequence number of the stack
};
/// Connects to the peer: SYN-SENT, the SYN seen.
ByHand connecting(RawPeer& peer, Fd fd, std::uint16_t port);
/// The same, and on to ESTABLISHED.
ByHand established(RawPeer& peer, Fd fd, std::uint16_t port);

}  // namespace zsock::posix
