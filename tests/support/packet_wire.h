#pragma once
/// \file
/// Packets of a script as octets and back: relative numbers, checksums, tcpdump-like text. The
/// frames of the peer are put together here by hand, so that they may be wrong on purpose.

#include <string>
#include <vector>

#include "daemon/stack/wire/tcp.h"
#include "tests/support/packet_script.h"

namespace zsock::test {

inline constexpr wire::MacAddr kScriptLocalMac{{0x02, 0, 0x5e, 0, 0x53, 1}};
inline constexpr wire::MacAddr kScriptPeerMac{{0x02, 0, 0x5e, 0, 0x53, 2}};

/// Both names of a conversation.
struct Names {
  wire::Endpoint local{};
  wire::Endpoint remote{};
  friend auto operator<=>(const Names&, const Names&) = default;
};

/// Where the relative numbers of a conversation begin.
struct Numbering {
  std::uint32_t peer = 0xffff'ff00;  ///< its SYN; so near the wrap that most scripts cross it
  std::uint32_t local = 0;           ///< our SYN, once seen
  bool local_known = false;
  std::uint32_t timestamp = 0;  ///< our TSval that the script calls 0
  bool timestamp_known = false;
  wire::FastOpenCookie* cookie = nullptr;  ///< that the stack gave last, in whatever conversation
};

/// A packet that the stack has sent.
struct Sent {
  Instant at{};
  Protocol protocol = Protocol::tcp;
  Names names{};
  std::uint8_t tos = 0;
  std::uint8_t ttl = 0;
  wire::Tcp tcp{};  ///< its payload is not valid
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::vector<std::byte> text{};
  std::string problem{};  ///< what no packet may be, whatever a script says
};

/// The octet at a position of every stream and datagram of a script.
constexpr std::byte script_octet(std::uint64_t position) {
  return static_cast<std::byte>(position % 251);
}

/// An IPv4 packet of ours; nothing for other frames.
std::optional<Sent> read_sent(ByteView frame, Instant now);

std::vector<std::byte> make_frame(const PacketText& packet, const Names& names,
                                  const Numbering& numbering);

/// Why the packet is not the expected one; empty: it is. Learns the beginning of numbers.
std::string disagreement(const PacketText& expected, const Sent& sent, Numbering& numbering);

std::string describe(const Sent& sent, const Numbering& numbering);

}  // namespace zsock::test
