#include "drivers/coalesce.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "daemon/stack/wire/checksum.h"
#include "drivers/transport.h"

namespace zsock::drivers {
namespace {

constexpr std::size_t kFlows = 8;   // that may be open at once
constexpr std::size_t kBatch = 64;  // frames of `inner` per receive()
constexpr std::size_t kMaxEnd = kMaxFrameOctets;
constexpr std::size_t kPlainIpv4 = kEthernetOctets + 20;  // where TCP starts without IP options
constexpr std::size_t kPlainIpv6 = kEthernetOctets + 40;

/// What has come of one flow.
struct Held {
  std::vector<std::byte> bytes = std::vector<std::byte>(kReceiveBufferOctets);
  RxFrame frame{};  ///< as it goes up, over `bytes`
  Transport transport{};
  std::size_t text = 0;   ///< where the text of a joinable segment starts
  std::size_t step = 0;   ///< octets of the first one's
  bool complete = false;  ///< nothing may be added
};

std::uint32_t ports(ByteView frame, const Transport& transport) {
  return load_be32(frame, transport.start);
}

bool same_flow(const Held& held, ByteView frame, const Transport& transport) {
  return held.transport.family == transport.family && held.transport.source == transport.source &&
         held.transport.destination == transport.destination &&
         ports(held.frame.bytes, held.transport) == ports(frame, transport);
}

bool is_sum_right(ByteView frame, const Transport& transport) {
  const ByteView segment = frame.subspan(transport.start, transport.end - transport.start);
  return wire::Checksum{}
             .add_pseudo_header(transport.source, transport.destination, kProtocolTcp,
                                static_cast<std::uint32_t>(segment.size()))
             .add(segment)
             .finish() == 0;
}

/// Where the text of a segment starts that may be joined with others; nothing when it may not,
/// whatever those are. \param frame  gets to know that its checksum is right
std::optional<std::size_t> joinable_text(RxFrame& frame, const Transport& transport) {
  const bool v4 = transport.family == wire::Family::ipv4;
  if (frame.segment_size != 0 || transport.start != (v4 ? kPlainIpv4 : kPlainIpv6)) return {};
  const auto text = payload_start(frame.bytes, transport);
  if (!text || *text == transport.end) return {};
  const unsigned flags = load_u8(frame.bytes, transport.start + kTcpFlags);
  if ((flags & ~(kPsh | kEce)) != kAck) return {};
  const ByteView ip_header = frame.bytes.subspan(kEthernetOctets, kPlainIpv4 - kEthernetOctets);
  if (v4 && wire::checksum(ip_header) != 0) return {};
  frame.checksum_verified = frame.checksum_verified || is_sum_right(frame.bytes, transport);
  return frame.checksum_verified ? text : std::nullopt;
}

bool is_pushed(ByteView frame, const Transport& transport) {
  return (load_u8(frame, transport.start + kTcpFlags) & kPsh) != 0;
}

/// Are both headers the same but for what differs between segments of one send()? The flow is.
bool same_headers(ByteView a, ByteView b, const Transport& transport, std::size_t text) {
  const auto same = [a, b](std::size_t from, std::size_t to) {
    return std::ranges::equal(a.subspan(from, to - from), b.subspan(from, to - from));
  };
  const bool v4 = transport.family == wire::Family::ipv4;
  const bool same_ip = v4 ? same(14, 16) && same(20, 24)   // not length, identification, checksum
                          : same(14, 18) && same(20, 22);  // not length
  const std::size_t tcp = transport.start;
  const unsigned flags = load_u8(a, tcp + kTcpFlags) ^ load_u8(b, tcp + kTcpFlags);
  return same(0, kEthernetOctets) && same_ip && same(tcp + 8, tcp + kTcpFlags) &&
         (flags & ~kPsh) == 0 && same(tcp + 14, tcp + 16) && same(tcp + 18, text);
}

/// May the segment be added to what is held of its flow?
bool follows(const Held& held, ByteView frame, const Transport& transport, std::size_t text) {
  if (held.complete || text != held.text) return false;
  const std::size_t size = transport.end - text;
  const std::size_t before = held.frame.bytes.size() - held.text;
  const std::uint32_t expected = load_be32(held.frame.bytes, transport.start + kTcpSequence) +
                                 static_cast<std::uint32_t>(before);
  return size <= held.step && held.frame.bytes.size() + size <= kMaxEnd &&
         load_be32(frame, transport.start + kTcpSequence) == expected &&
         same_headers(held.frame.bytes, frame, transport, text);
}

void add(Held& held, ByteView frame, const Transport& transport) {
  const ByteView text = frame.subspan(held.text, transport.end - held.text);
  const std::size_t size = held.frame.bytes.size();
  const MutableBytes bytes(held.bytes);
  copy_bytes(bytes.subspan(size), text);
  held.frame.bytes = bytes.first(size + text.size());
  held.frame.segment_size = static_cast<std::uint16_t>(held.step);
  const bool pushed = is_pushed(frame, transport);
  if (pushed) {
    const std::size_t flags = transport.start + kTcpFlags;
    store_u8(bytes, flags, static_cast<std::uint8_t>(load_u8(bytes, flags) | kPsh));
  }
  held.complete =
      pushed || text.size() < held.step || held.frame.bytes.size() + held.step > kMaxEnd;
}

class Coalescing final : public Device {
 public:
  explicit Coalescing(std::unique_ptr<Device> inner) : inner_(std::move(inner)), idle_(kFlows + 1) {
    held_.reserve(idle_.size());
  }

  [[nodiscard]] DeviceInfo info() const override { return inner_->info(); }
  [[nodiscard]] int fd() const override { return inner_->fd(); }
  Status<std::error_code> send(const TxFrame& frame) override { return inner_->send(frame); }
  [[nodiscard]] std::optional<Instant> next_deadline() const override {
    return inner_->next_deadline();
  }
  void advance(Instant now) override { inner_->advance(now); }

  Result<RxFrame, std::error_code> receive(MutableBytes buffer) override {
    for (std::size_t pulled = 0;;) {
      const auto complete = std::ranges::find_if(held_, &Held::complete);
      if (complete != held_.end()) return give(complete);
      if (trouble_) return Err{std::exchange(trouble_, {})};
      const auto frame = inner_->receive(buffer);
      if (!frame) trouble_ = frame.error();
      if (frame) {
        if (const auto out = take(*frame)) return *out;
      }
      if (!frame || ++pulled == kBatch) {
        for (Held& held : held_) held.complete = true;
      }
    }
  }

 private:
  using Place = std::vector<Held>::iterator;

  /// Keeps the frame for others to be joined with, or gives one up: this one, or one before it.
  std::optional<RxFrame> take(RxFrame frame) {
    const auto transport = find_transport(frame.bytes);
    if (!transport || transport->protocol != kProtocolTcp ||
        transport->start + kTcpMinOctets > transport->end) {
      return frame;
    }
    const auto text = joinable_text(frame, *transport);
    const auto before = std::ranges::find_if(
        held_, [&](const Held& held) { return same_flow(held, frame.bytes, *transport); });
    if (before != held_.end()) {
      if (text && follows(*before, frame.bytes, *transport, *text)) {
        add(*before, frame.bytes, *transport);
        return before->complete ? std::optional(give(before)) : std::nullopt;
      }
      before->complete = true;
      hold(frame, *transport, text);
      return give(before);
    }
    if (!text || is_pushed(frame.bytes, *transport)) return frame;
    hold(frame, *transport, text);
    return held_.size() > kFlows ? std::optional(give(held_.begin())) : std::nullopt;
  }

  /// \param text  of a joinable segment
  void hold(const RxFrame& frame, const Transport& transport, std::optional<std::size_t> text) {
    Held held = std::move(idle_.back());
    idle_.pop_back();
    const std::size_t size = text ? transport.end : frame.bytes.size();
    copy_bytes(held.bytes, frame.bytes.first(size));
    held.frame = frame;
    held.frame.bytes = ByteView(held.bytes).first(size);
    held.transport = transport;
    held.text = text.value_or(0);
    held.step = text ? transport.end - *text : 0;
    held.complete = !text || is_pushed(frame.bytes, transport);
    held_.push_back(std::move(held));
  }

  /// Lends a held frame out until the next call.
  RxFrame give(Place place) {
    Held held = std::move(*place);
    held_.erase(place);
    const RxFrame frame = held.frame;
    if (held.text != 0 && frame.segment_size != 0) {
      set_ip_length(MutableBytes(held.bytes).first(frame.bytes.size()), held.transport.family,
                    held.transport.start - kEthernetOctets);
    }
    idle_.insert(idle_.begin(), std::move(held));
    return frame;
  }

  std::unique_ptr<Device> inner_;
  std::vector<Held> held_{};   ///< oldest first, at most one of a flow that is not complete
  std::vector<Held> idle_;     ///< the first is the one lent out last
  std::error_code trouble_{};  ///< of `inner`, to be told when everything has gone up
};

}  // namespace

std::unique_ptr<Device> make_coalescing(std::unique_ptr<Device> inner) {
  return std::make_unique<Coalescing>(std::move(inner));
}

}  // namespace zsock::drivers
