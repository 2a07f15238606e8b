// FZ-4, FZ-12. The input is a sequence of ICMP messages at a host with live sockets; most quote
// what a socket has sent, or nearly. Nothing but the errors of conformance 2.6 reaches a socket: an
// established connection lives on, no answer goes to an error, no path becomes narrower than the
// family's floor, and the stream stays whole.

#include <array>

#include "daemon/stack/base/check.h"
#include "daemon/stack/wire/icmpv4.h"
#include "daemon/stack/wire/icmpv6.h"
#include "daemon/stack/wire/ipv4.h"
#include "daemon/stack/wire/ipv6.h"
#include "daemon/stack/wire/protocol.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/host.h"
#include "tests/fuzz/story.h"

namespace zsock::fuzz {
namespace {

constexpr int kMessages = 100;
constexpr std::size_t kLinkHeader = 14;

class Scene {
 public:
  explicit Scene(Story& story)
      : story_(story), family_(story.flip() ? wire::Family::ipv4 : wire::Family::ipv6) {
    right_.listen(80, family_);
    stream_ = &left_.open(SocketKind::tcp, family_);
    left_.connect(*stream_, {right_.address(family_), 80, 0});
    exchange();
    ZSOCK_CHECK(left_.stack().status(stream_->id)->connected);
    left_.connect(left_.open(SocketKind::udp, family_), {right_.address(family_), 53, 0});
    left_.connect(left_.open(SocketKind::ping, family_), {right_.address(family_), 1, 0});
    left_.write(*stream_, 3000);
    for (Octets& frame : left_.drain()) remember(frame);
    // One more that nobody answers.
    App& opening = left_.open(SocketKind::tcp, family_);
    left_.connect(opening, {right_.address(family_), 81, 0});
    for (Octets& frame : left_.drain()) remember(frame);
  }

  void message() {
    if (story_.u8() < 20) return left_.pass(Duration{story_.u16() * 100});
    const Octets frame = build();
    const bool error = is_error(frame);
    left_.receive(frame);
    std::size_t answers = 0;
    for (Octets& sent : left_.drain()) {
      if (is_icmp(sent)) ++answers;
      remember(sent);
    }
    ZSOCK_CHECK(answers <= (error ? 0U : 1U));
    check();
  }

  /// The connection works as if nothing had been.
  void finish() {
    for (int i = 0; i < 300; ++i) {
      exchange();
      right_.read(*right_.accepted(), App::kRing);
      if (right_.accepted()->consumed == stream_->written) return;
      left_.pass(std::chrono::seconds(1));
      right_.pass(std::chrono::seconds(1));
    }
    ZSOCK_CHECK(right_.accepted()->consumed == stream_->written);
  }

 private:
  void exchange() {
    for (int i = 0; i < 50; ++i) {
      const auto forth = left_.drain();
      const auto back = right_.drain();
      for (const Octets& frame : forth) right_.receive(frame);
      for (const Octets& frame : back) left_.receive(frame);
      if (forth.empty() && back.empty()) return;
    }
  }

  void remember(Octets& frame) {
    if (frame.size() <= kLinkHeader || sent_.size() >= 64) return;
    sent_.emplace_back(frame.begin() + kLinkHeader, frame.end());
  }

  [[nodiscard]] bool v4() const { return family_ == wire::Family::ipv4; }
  [[nodiscard]] std::size_t header() const { return v4() ? 20 : 40; }
  [[nodiscard]] bool is_icmp(const Octets& frame) const {
    if (frame.size() < kLinkHeader + header()) return false;
    const std::uint8_t protocol = load_u8(frame, kLinkHeader + (v4() ? 9 : 6));
    const bool later_fragment = v4() && (load_be16(frame, kLinkHeader + 6) & 0x1fffU) != 0;
    if (later_fragment) return false;
    // Neighbour discovery and listener reports are no answers.
    return v4() ? protocol == 1 : protocol == 58 && load_u8(frame, kLinkHeader + 40) < 130;
  }
  [[nodiscard]] bool is_error(const Octets& frame) const {
    const std::uint8_t type = load_u8(frame, kLinkHeader + header());
    return v4() ? type == 3 || type == 4 || type == 5 || type == 11 || type == 12 : type < 128;
  }

  /// A quotation: something that was sent, cut short, with a little changed.
  Octets quotation() {
    Octets quoted(8 + story_.u8());
    if (!sent_.empty()) quoted = sent_[story_.u8() % sent_.size()];
    if (story_.flip()) quoted.resize(std::min<std::size_t>(quoted.size(), story_.u8()));
    const unsigned changes = story_.u8() % 4;
    for (unsigned i = 0; i < changes && !quoted.empty(); ++i) {
      quoted[story_.u8() % quoted.size()] = static_cast<std::byte>(story_.u8());
    }
    return quoted;
  }

  Octets build() {
    constexpr std::array<std::uint8_t, 6> kTypes4{3, 11, 12, 4, 5, 0};
    constexpr std::array<std::uint8_t, 6> kTypes6{1, 2, 3, 4, 129, 128};
    const std::uint8_t kind = story_.u8();
    const std::uint8_t type = kind < 6 ? (v4() ? kTypes4[kind] : kTypes6[kind]) : kind;
    const std::uint8_t code = story_.u8() % 20;
    const std::uint32_t rest = story_.flip() ? story_.u16() : story_.u32();
    const Octets payload = quotation();
    const wire::IpAddress to = left_.address(family_);
    wire::IpAddress from = right_.address(family_);
    if (story_.u8() < 30) {
      from = v4() ? wire::IpAddress::v4(192, 0, 2, story_.u8()) : to;  // a router, or a forger
    }
    Octets message(8);
    if (v4()) {
      wire::Icmpv4{.type = type, .code = code, .rest = rest, .payload = payload}.emit(message);
    } else {
      wire::Icmpv6{.type = type, .code = code, .rest = rest, .payload = payload}.emit(message, from,
                                                                                      to);
    }
    message.insert(message.end(), payload.begin(), payload.end());
    return frame_of(from, to, message);
  }

  Octets frame_of(const wire::IpAddress& from, const wire::IpAddress& to, const Octets& message) {
    Octets frame(kLinkHeader + header());
    left_.mac().store(frame, 0);
    right_.mac().store(frame, 6);
    store_be16(frame, 12, v4() ? 0x0800 : 0x86dd);
    const MutableBytes out = MutableBytes(frame).subspan(kLinkHeader);
    if (v4()) {
      wire::Ipv4{.protocol = wire::ip_protocol::kIcmpV4, .source = from, .destination = to}.emit(
          out, message.size());
    } else {
      wire::Ipv6{.next_header = wire::ip_protocol::kIcmpV6,
                 .hop_limit = story_.flip() ? std::uint8_t{255} : std::uint8_t{64},
                 .source = from,
                 .destination = to}
          .emit(out, message.size());
    }
    frame.insert(frame.end(), message.begin(), message.end());
    return frame;
  }

  void check() {
    const auto status = left_.stack().status(stream_->id);
    ZSOCK_CHECK(status && status->connected && !status->failed && !status->receive_closed);
    const auto mtu = left_.stack().path_mtu(stream_->id, left_.now());
    ZSOCK_CHECK(mtu && *mtu >= (v4() ? 552 : 1280) && *mtu <= 1500);
    ZSOCK_CHECK(left_.stack().take_error(stream_->id) == SockError::none);
    switch (left_.stack().take_soft_error(stream_->id)) {
      case SockError::none:
      case SockError::network_unreachable:
      case SockError::host_unreachable:
      case SockError::host_down:
      case SockError::not_on_network:
      case SockError::connection_refused:
      case SockError::protocol_error:
      case SockError::option_not_supported:
      case SockError::operation_not_supported:
      case SockError::access_denied:
        return;
      default:
        ZSOCK_CHECK(false);
    }
  }

  Story& story_;
  wire::Family family_;
  Host left_{1, 1};
  Host right_{2, 2};
  App* stream_ = nullptr;
  std::vector<Octets> sent_{};
};

}  // namespace
}  // namespace zsock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  zsock::fuzz::Story story{data, size};
  zsock::fuzz::Scene scene{story};
  for (int i = 0; i < zsock::fuzz::kMessages && !story.over(); ++i) scene.message();
  scene.finish();
  return 0;
}
