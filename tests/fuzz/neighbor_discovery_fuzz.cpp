// FZ-5. The input is a sequence of Neighbour Discovery and Multicast Listener messages, built from
// a grammar of headers and options. What RFC 4861 6.1, 7.1 and RFC 9777 6.2 reject (judged here a
// second time) changes nothing; tables stay bounded, and one message causes few.

#include <algorithm>
#include <array>
#include <vector>

#include "daemon/stack/net/ip.h"
#include "daemon/stack/wire/icmpv6.h"
#include "daemon/stack/wire/ipv6.h"
#include "daemon/stack/wire/protocol.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/story.h"

namespace zsock::net {
namespace {

using Octets = std::vector<std::byte>;
using fuzz::Story;

constexpr int kMessages = 60;
constexpr wire::MacAddr kOurs{{2, 0, 0, 0, 0, 1}};

wire::IpAddress ip(const char* text) {
  return *wire::IpAddress::parse(text);
}

/// A message and what its packet said.
struct Message {
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint32_t rest = 0;
  std::uint8_t hop_limit = 255;
  wire::IpAddress source{};
  wire::IpAddress destination{};
  Octets body{};  ///< behind the first 8 octets
};

/// Where the options begin; nothing: not of this protocol.
std::optional<std::size_t> options_at(std::uint8_t type) {
  if (type == 133) return 0;
  if (type == 134) return 8;
  if (type == 135 || type == 136) return 16;
  return std::nullopt;
}

bool options_fit(ByteView options) {
  while (!options.empty()) {
    if (options.size() < 2 || load_u8(options, 1) == 0) return false;
    const std::size_t size = std::size_t{load_u8(options, 1)} * 8;
    if (size > options.size()) return false;
    options = options.subspan(size);
  }
  return true;
}

/// Must it be rejected? The rules once more, each by itself. (Not all of them: what is not
/// rejected here may be all the same.)
bool must_be_rejected(const Message& message) {
  if (message.type == 130) return message.hop_limit != 1 || !message.source.is_link_local();
  const auto at = options_at(message.type);
  if (!at) return true;  // redirects are not followed, reports and solicitations are for routers
  if (message.type == 133) return true;
  if (message.hop_limit != 255 || message.code != 0) return true;
  if (message.body.size() < *at || !options_fit(ByteView(message.body).subspan(*at))) return true;
  if (message.type == 134) return !message.source.is_link_local();
  return wire::IpAddress::load(wire::Family::ipv6, message.body, 0).is_multicast();
}

class Bench {
 public:
  Bench() {
    eth_ = ip_.add_interface({.mac = kOurs, .autoconfiguration = true}, now_);
    ZSOCK_CHECK(ip_.add_address(eth_, *wire::Cidr::parse("2001:db8::1/64"), now_));
    pass(std::chrono::seconds(5));
  }

  void receive(const Message& message) {
    const Facts before = facts();
    const Octets frame = frame_of(message);
    ZSOCK_CHECK(!std::holds_alternative<TransportError>(ip_.receive(eth_, {.bytes = frame}, now_)));
    ip_.check_invariants();
    ZSOCK_CHECK(drain() <= 8);
    const Facts after = facts();
    if (must_be_rejected(message)) ZSOCK_CHECK(before == after);
    ZSOCK_CHECK(after.addresses.size() <= 4 + 16);
  }

  void pass(Duration duration) {
    const Instant end = now_ + duration;
    for (int i = 0; i < 10000; ++i) {
      const auto due = ip_.next_deadline();
      if (!due || *due > end) break;
      now_ = std::max(now_, *due);
      ip_.on_deadline(now_);
      ip_.check_invariants();
      drain();
    }
    now_ = end;
  }

 private:
  /// What messages could change.
  struct Facts {
    std::vector<wire::IpAddress> addresses{};  ///< usable ones
    std::vector<std::uint16_t> mtus{};
    std::vector<wire::IpAddress> next_hops{};
    std::uint64_t resolved = 0;
    bool operator==(const Facts&) const = default;
  };
  [[nodiscard]] Facts facts() const {
    Facts facts{.resolved = counters_.neighbor_resolved};
    for (const Ip::AddressInfo& row : ip_.addresses()) {
      if (!row.duplicate) facts.addresses.push_back(row.address.address);
    }
    for (const char* destination : {"2001:db8:1::5", "2001:db8:2:3::5", "2001:db8:ffff::1"}) {
      const auto path = ip_.route(ip(destination), wire::IpAddress::any(wire::Family::ipv6), 0);
      facts.mtus.push_back(path ? path->mtu : std::uint16_t{0});
      facts.next_hops.push_back(path ? path->next_hop : wire::IpAddress{});
    }
    return facts;
  }

  static Octets frame_of(const Message& message) {
    Octets icmp(8);
    wire::Icmpv6{
        .type = message.type, .code = message.code, .rest = message.rest, .payload = message.body}
        .emit(icmp, message.source, message.destination);
    Octets frame(14 + wire::Ipv6::kHeaderSize);
    const bool group = message.destination.is_multicast();
    (group ? wire::multicast_mac(message.destination) : kOurs).store(frame, 0);
    wire::MacAddr{{2, 0, 0, 0, 0, 2}}.store(frame, 6);
    store_be16(frame, 12, 0x86dd);
    wire::Ipv6{.next_header = wire::ip_protocol::kIcmpV6,
               .hop_limit = message.hop_limit,
               .source = message.source,
               .destination = message.destination}
        .emit(MutableBytes(frame).subspan(14), icmp.size() + message.body.size());
    frame.insert(frame.end(), icmp.begin(), icmp.end());
    frame.insert(frame.end(), message.body.begin(), message.body.end());
    return frame;
  }

  std::size_t drain() {
    std::size_t frames = 0;
    TxFrame frame;
    while (ip_.poll_transmit(eth_, frame, now_)) ++frames;
    while (ip_.poll_event()) {
    }
    return frames;
  }

  Config config_{};
  SeededRng rng_{1};
  Counters counters_{};
  Ip ip_{config_, rng_, counters_};
  Instant now_{std::chrono::hours{1}};
  InterfaceId eth_{};
};

wire::IpAddress address_from(Story& story) {
  static const std::array kKnown{ip("fe80::2"),     ip("fe80::9"),        ip("::"),
                                 ip("2001:db8::2"), ip("2001:db8::1"),    ip("2001:db8:1::5"),
                                 ip("ff02::1"),     ip("2001:db8:2:3::"), ip("2001:db8:ffff::")};
  const std::uint8_t choice = story.u8();
  if (choice < 240) return kKnown[choice % kKnown.size()];
  std::array<std::uint8_t, 16> octets{};
  for (std::uint8_t& octet : octets) octet = story.u8();
  return wire::IpAddress::v6(octets);
}

void append_option(Octets& body, Story& story) {
  constexpr std::array<std::uint8_t, 6> kTypes{1, 2, 3, 5, 14, 24};
  constexpr std::array<std::uint8_t, 6> kUnits{1, 1, 4, 1, 1, 3};
  const std::uint8_t choice = story.u8();
  const std::uint8_t type = choice < 200 ? kTypes[choice % kTypes.size()] : choice;
  auto units =
      static_cast<std::uint8_t>(choice < 200 ? kUnits[choice % kUnits.size()] : story.u8() % 5);
  if (story.u8() > 240) units = story.u8();
  const std::size_t size = std::size_t{std::min<std::uint8_t>(units, 8)} * 8;
  Octets option(std::max<std::size_t>(size, 2));
  store_u8(option, 0, type);
  store_u8(option, 1, units);
  for (std::size_t i = 2; i < option.size() && i < 16; ++i) store_u8(option, i, story.u8());
  if (type == 3 && option.size() >= 32) {
    if (story.u8() < 230) store_u8(option, 2, 64);
    address_from(story).store(option, 16);
  }
  body.insert(body.end(), option.begin(), option.end());
}

Message message_from(Story& story) {
  constexpr std::array<std::uint8_t, 7> kTypes{134, 135, 136, 130, 134, 133, 137};
  Message message;
  const std::uint8_t choice = story.u8();
  message.type = choice < 250 ? kTypes[choice % kTypes.size()] : story.u8();
  if (message.type < 130) message.type = 143;  // echo and errors are another target's
  message.code = story.u8() > 240 ? story.u8() : std::uint8_t{0};
  message.rest = story.u32();
  message.hop_limit = story.u8() > 240 ? story.u8() : std::uint8_t{255};
  if (message.type == 130 && story.flip()) message.hop_limit = 1;
  message.source = address_from(story);
  message.destination = address_from(story);
  const std::size_t fixed = message.type == 134 ? 8 : message.type == 133 ? 0 : 16;
  message.body.resize(fixed);
  if (fixed == 16) address_from(story).store(message.body, 0);
  for (unsigned options = story.u8() % 6; options > 0; --options) {
    append_option(message.body, story);
  }
  if (story.u8() > 240) message.body.resize(story.u8());
  return message;
}

}  // namespace
}  // namespace zsock::net

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  zsock::fuzz::Story story{data, size};
  zsock::net::Bench bench;
  for (int i = 0; i < zsock::net::kMessages && !story.over(); ++i) {
    bench.receive(zsock::net::message_from(story));
    if (story.u8() > 200) bench.pass(std::chrono::milliseconds(100) * story.u8());
  }
  bench.pass(std::chrono::hours(3));
  return 0;
}
