// Addresses as text: RFC 4291 2.2 and RFC 5952 for IPv6, strict dotted quads for IPv4.

#include <algorithm>

#include "daemon/stack/wire/addr.h"

namespace zsock::wire {
namespace {

constexpr std::size_t kGroups = 8;  ///< 16-bit groups of an IPv6 address
constexpr std::string_view kHexDigits = "0123456789abcdef";

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

/// A decimal number of at most 3 digits without leading zeros, no larger than `max`.
std::optional<std::uint8_t> parse_decimal(std::string_view text, unsigned max) {
  if (text.empty() || text.size() > 3 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  unsigned value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  if (value > max) return std::nullopt;
  return static_cast<std::uint8_t>(value);
}

/// Takes the text up to `separator`, or all of it, off the front of `rest`.
struct Piece {
  std::string_view piece;
  std::string_view rest;
  bool separated = false;  ///< a separator was there
};
Piece split(std::string_view text, char separator) {
  const std::size_t at = text.find(separator);
  if (at == std::string_view::npos) return {text, {}, false};
  return {text.substr(0, at), text.substr(at + 1), true};
}

std::optional<IpAddress> parse_v4(std::string_view text) {
  std::array<std::uint8_t, 4> octets{};
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const Piece part = split(text, '.');
    if (part.separated != (i + 1 < octets.size())) return std::nullopt;
    const auto octet = parse_decimal(part.piece, 255);
    if (!octet) return std::nullopt;
    octets[i] = *octet;
    text = part.rest;
  }
  return IpAddress::v4(octets[0], octets[1], octets[2], octets[3]);
}

std::optional<std::uint16_t> parse_group(std::string_view text) {
  if (text.empty() || text.size() > 4) return std::nullopt;
  unsigned value = 0;
  for (const char c : text) {
    const auto digit = hex_digit(c);
    if (!digit) return std::nullopt;
    value = (value << 4U) | *digit;
  }
  return static_cast<std::uint16_t>(value);
}

struct Groups {
  std::array<std::uint16_t, kGroups> values{};
  std::size_t count = 0;
};

/// A colon-separated run of groups, the last two of which may be a dotted quad; empty text is an
/// empty run.
std::optional<Groups> parse_groups(std::string_view text) {
  Groups groups;
  if (text.empty()) return groups;
  for (bool more = true; more;) {
    const Piece part = split(text, ':');
    more = part.separated;
    text = part.rest;
    if (!more && part.piece.find('.') != std::string_view::npos) {
      const auto quad = parse_v4(part.piece);
      if (!quad || groups.count + 2 > kGroups) return std::nullopt;
      const std::uint32_t value = quad->v4_host_order();
      groups.values[groups.count++] = static_cast<std::uint16_t>(value >> 16U);
      groups.values[groups.count++] = static_cast<std::uint16_t>(value & 0xffffU);
      return groups;
    }
    const auto group = parse_group(part.piece);
    if (!group || groups.count == kGroups) return std::nullopt;
    groups.values[groups.count++] = *group;
  }
  return groups;
}

std::optional<IpAddress> parse_v6(std::string_view text) {
  const std::size_t gap = text.find("::");
  const bool compressed = gap != std::string_view::npos;
  const std::string_view before = text.substr(0, gap);
  // A dotted quad stands at the end only, so none may precede the gap.
  if (compressed && before.find('.') != std::string_view::npos) return std::nullopt;
  const auto head = parse_groups(before);
  const auto tail = parse_groups(compressed ? text.substr(gap + 2) : std::string_view{});
  if (!head || !tail) return std::nullopt;
  const std::size_t count = head->count + tail->count;
  if (compressed ? count >= kGroups : count != kGroups) return std::nullopt;

  std::array<std::uint8_t, 16> octets{};
  const auto put = [&octets](std::size_t index, std::uint16_t value) {
    octets[2 * index] = static_cast<std::uint8_t>(value >> 8U);
    octets[2 * index + 1] = static_cast<std::uint8_t>(value & 0xffU);
  };
  for (std::size_t i = 0; i < head->count; ++i) put(i, head->values[i]);
  for (std::size_t i = 0; i < tail->count; ++i) put(kGroups - tail->count + i, tail->values[i]);
  return IpAddress::v6(octets);
}

std::string quad_to_string(const std::uint8_t* octets) {
  std::string text;
  for (std::size_t i = 0; i < 4; ++i) {
    if (i != 0) text += '.';
    text += std::to_string(octets[i]);
  }
  return text;
}

void append_hex(std::string& text, std::uint16_t value) {
  for (unsigned shift = 16; shift > 0;) {
    shift -= 4;
    const unsigned digit = (unsigned{value} >> shift) & 0xfU;
    if ((unsigned{value} >> shift) != 0 || shift == 0) text += kHexDigits[digit];
  }
}

struct Run {
  std::size_t begin = 0;
  std::size_t length = 0;
};

/// RFC 5952 4.2: the longest run of two or more zero groups, the first among equals.
Run longest_zero_run(const std::array<std::uint16_t, kGroups>& groups) {
  Run best;
  Run current;
  for (std::size_t i = 0; i < kGroups; ++i) {
    if (groups[i] != 0) {
      current = {i + 1, 0};
      continue;
    }
    ++current.length;
    if (current.length > best.length) best = current;
  }
  return best.length >= 2 ? best : Run{};
}

std::string v6_to_string(const IpAddress& address) {
  // RFC 5952 5: a recognised prefix, here the IPv4-mapped one, shows the dotted quad.
  if (address.is_v4_mapped()) return "::ffff:" + quad_to_string(address.octets().data() + 12);
  std::array<std::uint16_t, kGroups> groups{};
  for (std::size_t i = 0; i < kGroups; ++i) {
    groups[i] = static_cast<std::uint16_t>((unsigned{address.octets()[2 * i]} << 8U) |
                                           address.octets()[2 * i + 1]);
  }
  const Run zeros = longest_zero_run(groups);
  std::string text;
  for (std::size_t i = 0; i < kGroups;) {
    if (zeros.length != 0 && i == zeros.begin) {
      text += "::";
      i += zeros.length;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    append_hex(text, groups[i]);
    ++i;
  }
  return text;
}

}  // namespace

std::optional<MacAddr> MacAddr::parse(std::string_view text) {
  constexpr std::size_t kLength = 17;
  if (text.size() != kLength) return std::nullopt;
  MacAddr mac;
  for (std::size_t i = 0; i < mac.octets.size(); ++i) {
    const auto high = hex_digit(text[3 * i]);
    const auto low = hex_digit(text[3 * i + 1]);
    if (!high || !low) return std::nullopt;
    if (i + 1 < mac.octets.size() && text[3 * i + 2] != ':') return std::nullopt;
    mac.octets[i] = static_cast<std::uint8_t>((*high << 4U) | *low);
  }
  return mac;
}

std::string MacAddr::to_string() const {
  std::string text;
  for (const std::uint8_t octet : octets) {
    if (!text.empty()) text += ':';
    text += kHexDigits[octet >> 4U];
    text += kHexDigits[octet & 0xfU];
  }
  return text;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  return text.find(':') == std::string_view::npos ? parse_v4(text) : parse_v6(text);
}

std::string IpAddress::to_string() const {
  return is_v4() ? quad_to_string(octets_.data()) : v6_to_string(*this);
}

std::optional<Cidr> Cidr::parse(std::string_view text) {
  const Piece part = split(text, '/');
  const auto address = IpAddress::parse(part.piece);
  if (!address) return std::nullopt;
  const unsigned full = address->is_v4() ? 32 : 128;
  if (!part.separated) return Cidr{*address, static_cast<std::uint8_t>(full)};
  const auto length = parse_decimal(part.rest, full);
  if (!length) return std::nullopt;
  return Cidr{*address, *length};
}

std::string Cidr::to_string() const {
  return address.to_string() + '/' + std::to_string(prefix_length);
}

std::string Endpoint::to_string() const {
  const std::string host = address.to_string();
  return (address.is_v6() ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

}  // namespace zsock::wire
