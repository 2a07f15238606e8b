#pragma once
/// \file
/// The language of packet tests (docs/packet-scripts.md): text to events. What the events do is the
/// runner's affair.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "daemon/stack/base/result.h"
#include "daemon/stack/base/time.h"
#include "daemon/stack/wire/addr.h"

namespace zsock::test {

/// A number of the script; `*` agrees with every number.
struct Number {
  bool any = false;
  std::int64_t value = 0;
  [[nodiscard]] bool agrees(std::int64_t other) const { return any || value == other; }
  [[nodiscard]] std::string text() const { return any ? "*" : std::to_string(value); }
};

struct ScriptTimestamps {
  Number value{};
  Number echo{};
};

/// Between < and >.
struct OptionsText {
  bool open = false;  ///< ends in "...": others may be there, too
  std::optional<Number> mss{};
  std::optional<Number> wscale{};
  bool sack_ok = false;
  std::optional<ScriptTimestamps> ts{};
  std::vector<std::pair<std::uint32_t, std::uint32_t>> sack{};
  /// RFC 7413: no octets: a request.
  struct Cookie {
    bool known = false;  ///< "cookie": the one that the stack gave last; sent, any
    std::vector<std::uint8_t> octets{};
  };
  std::optional<Cookie> fast_open{};
  std::vector<std::uint8_t> raw{};  ///< received: octets as they are
};

enum class Protocol : std::uint8_t { tcp, udp, icmp };

/// One packet as the script writes it. Sequence numbers are relative to their sender's SYN.
struct PacketText {
  Protocol protocol = Protocol::tcp;
  std::string flags{};  ///< TCP: letters of S F R P . U E W
  Number begin{};
  Number end{};
  std::int64_t length = 0;  ///< octets of text, of a datagram, of an echo
  std::optional<Number> ack{};
  std::optional<Number> win{};
  std::optional<Number> urg{};
  std::optional<Number> tos{};
  std::optional<Number> ttl{};
  std::vector<std::uint8_t> ip_options{};  ///< received: octets as they are, padded with zero
  std::optional<OptionsText> options{};
  std::string icmp{};  ///< name of type and code
  std::optional<Number> mtu{};
  std::optional<Protocol> quoted{};  ///< an ICMP error speaks of such a packet, described above
  std::int64_t reserved =
      0;  ///< received: the four bits behind the data offset (RFC 9768: AE is 1)
  bool bad_checksum = false;
  std::optional<wire::Endpoint> from{};
  std::optional<wire::Endpoint> to{};
};

struct Call {
  std::string name{};
  std::vector<std::string> arguments{};
  std::optional<std::string> result{};
};
struct Incoming {
  PacketText packet{};
};
struct Outgoing {
  PacketText packet{};
};
struct Silence {};  ///< "> nothing": nothing has been sent since the event before
/// state, expect, info: what must be true of a socket.
struct Claim {
  std::string about{};
  int descriptor = 0;
  std::vector<std::string> words{};
};

struct Event {
  int line = 0;
  std::string text{};
  Duration delay{};      ///< after the event before
  Duration tolerance{};  ///< of an outgoing packet's time, both ways
  std::variant<Call, Incoming, Outgoing, Silence, Claim> what{};
};

struct Setting {
  int line = 0;
  std::string name{};
  std::string value{};
};

struct Script {
  std::vector<Setting> settings{};  ///< "config NAME VALUE", before everything else
  std::vector<Event> events{};
};

struct ScriptError {
  int line = 0;
  std::string reason{};
};

Result<Script, ScriptError> parse_script(std::string_view text);

/// "peer:80", ":80" (the address stays unspecified), "192.0.2.9:80".
std::optional<wire::Endpoint> parse_script_endpoint(std::string_view text);

/// The addresses that scripts name.
inline constexpr wire::IpAddress kScriptLocal = wire::IpAddress::v4(192, 0, 2, 1);
inline constexpr wire::IpAddress kScriptPeer = wire::IpAddress::v4(192, 0, 2, 2);
inline constexpr wire::IpAddress kScriptOther = wire::IpAddress::v4(192, 0, 2, 3);

}  // namespace zsock::test
