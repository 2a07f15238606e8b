#pragma once
/// \file
/// Segments as tests write and read them: tcpdump's flag letters, small relative numbers.

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace zsock::test {

struct Ts {
  std::uint32_t val = 0;
  std::uint32_t ecr = 0;
  friend bool operator==(const Ts&, const Ts&) = default;
};

/// One segment. What a test leaves out is not compared; flags, sequence number and length always
/// are.
struct Seg {
  std::string flags = ".";             ///< letters of S F R P . U E W; "." is ACK
  std::uint32_t seq = 0;               ///< relative to the initial sequence number of its sender
  std::optional<std::uint32_t> ack{};  ///< relative to that of its receiver
  std::optional<std::uint16_t> win{};  ///< as on the wire
  std::string text{};
  std::size_t len = 0;  ///< octets of text, where the text does not matter
  std::optional<std::uint16_t> urg{};
  std::optional<std::uint16_t> mss{};
  std::optional<std::uint8_t> ws{};
  std::optional<Ts> ts{};
  std::optional<bool> sack_ok{};  ///< RFC 2018 2: SACK-permitted
  /// Blocks in order, relative to the initial sequence number of the segment's receiver.
  std::optional<std::vector<std::pair<std::uint32_t, std::uint32_t>>> sack{};
  std::uint16_t merged = 0;  ///< received: octets per original segment; sent: max_segment when cut

  [[nodiscard]] std::size_t length() const { return text.empty() ? len : text.size(); }
};

/// What sends() yields when nothing is sent.
inline const Seg kNothing{.flags = "-"};

[[nodiscard]] std::uint8_t parse_flags(const std::string& letters);
[[nodiscard]] std::string format_flags(std::uint8_t flags);

/// Agreement in everything that both sides state.
bool operator==(const Seg& left, const Seg& right);
std::ostream& operator<<(std::ostream& out, const Seg& segment);

}  // namespace zsock::test
