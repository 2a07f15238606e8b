#include "tests/support/link_sim.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "daemon/stack/wire/protocol.h"
#include "drivers/offload.h"
#include "drivers/trace.h"

namespace zsock::test {
namespace {

constexpr std::size_t kLinkHeader = 14;
constexpr std::size_t kTag = 2;              ///< segment size, ahead of each frame under way
constexpr std::size_t kRecordLimit = 20000;  ///< frames of text()
constexpr std::size_t kRecordOctets = 128;
constexpr std::size_t kBufferOctets = 70000;

drivers::FaultOptions without_corruption(drivers::FaultOptions faults) {
  faults.corrupt = 0;
  return faults;
}

/// Copies a frame as it is, super-frame or not.
std::size_t gather(const TxFrame& frame, MutableBytes out) {
  copy_bytes(out, frame.header_bytes());
  std::size_t size = frame.header_size;
  for (std::size_t part = 0; part < frame.payload_parts; ++part) {
    copy_bytes(out.subspan(size), frame.payload[part]);
    size += frame.payload[part].size();
  }
  return size;
}

}  // namespace

LinkSim::LinkSim(const LinkOptions& options, std::uint64_t seed)
    : options_(options),
      seed_(seed),
      rng_(seed * 4 + 2),
      directions_{drivers::Impairment{without_corruption(options.faults), seed * 4},
                  drivers::Impairment{without_corruption(options.faults), seed * 4 + 1}},
      buffer_(kBufferOctets) {}

void LinkSim::send(Side from, const TxFrame& frame, Instant now) {
  const MutableBytes room = MutableBytes{buffer_}.subspan(kTag);
  if (options_.delivery == Delivery::whole && frame.segmentation != Segmentation::none) {
    const std::size_t size = gather(frame, room);
    carry(from, room.first(size), frame.segment_size, now);
    return;
  }
  drivers::Segmenter segmenter{frame};
  for (ByteView plain = segmenter.next(room); !plain.empty(); plain = segmenter.next(room)) {
    if (plain.size() <= kLinkHeader + options_.mtu) carry(from, plain, 0, now);
  }
}

/// `bytes` lie in buffer_, behind the place of the tag.
void LinkSim::carry(Side from, ByteView bytes, std::uint16_t segment_size, Instant now) {
  note(from, bytes, now);
  const MutableBytes tagged = MutableBytes{buffer_}.first(kTag + bytes.size());
  store_be16(tagged, 0, segment_size);
  if (corrupts(bytes)) {
    const auto bits = static_cast<std::uint32_t>((bytes.size() - kLinkHeader) * 8);
    const std::uint32_t bit = rng_.below(bits);
    tagged[kTag + kLinkHeader + bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
  }
  towards(other(from)).push(tagged, now);
}

bool LinkSim::corrupts(ByteView bytes) {
  if (options_.faults.corrupt <= 0 || options_.delivery == Delivery::whole) return false;
  if (bytes.size() <= kLinkHeader ||
      load_be16(bytes, 12) == static_cast<std::uint16_t>(wire::EtherType::arp))
    return false;
  return rng_.below(1U << 20U) < options_.faults.corrupt * (1U << 20U);
}

std::optional<Instant> LinkSim::next_due() const {
  const auto left = directions_[0].next_due();
  const auto right = directions_[1].next_due();
  if (!left || !right) return left ? left : right;
  return std::min(*left, *right);
}

std::optional<Arrival> LinkSim::receive(Side to, Instant now) {
  drivers::Impairment& direction = towards(to);
  const auto tagged = direction.due(now);
  if (!tagged) return std::nullopt;
  Arrival arrival{.bytes = {tagged->begin() + kTag, tagged->end()},
                  .checksum_verified = options_.delivery == Delivery::whole,
                  .segment_size = load_be16(*tagged, 0)};
  direction.pop();
  return arrival;
}

void LinkSim::heal() {
  drivers::FaultOptions& faults = options_.faults;
  faults.loss = faults.duplicate = faults.reorder = faults.corrupt = 0;
  faults.jitter = {};
  directions_ = {drivers::Impairment{faults, seed_ * 4},
                 drivers::Impairment{faults, seed_ * 4 + 1}};
}

void LinkSim::cut() {
  drivers::FaultOptions lost = options_.faults;
  lost.loss = 1;
  directions_ = {drivers::Impairment{lost, seed_}, drivers::Impairment{lost, seed_}};
}

void LinkSim::note(Side from, ByteView bytes, Instant now) {
  ++frames_;
  const ByteView start = bytes.first(std::min(bytes.size(), kRecordOctets));
  const auto mix = [this](std::uint64_t value) { hash_ = (hash_ ^ value) * 0x100000001b3ULL; };
  mix(static_cast<std::uint64_t>(now.time_since_epoch().count()));
  mix(static_cast<std::uint64_t>(from));
  mix(bytes.size());
  for (const std::byte octet : start) mix(std::to_integer<std::uint64_t>(octet));
  if (records_.size() == kRecordLimit) records_.pop_front();
  records_.push_back({now, from, {start.begin(), start.end()}, bytes.size()});
}

std::string LinkSim::text() const {
  std::string lines;
  for (const Record& record : records_) {
    std::array<char, 64> prefix{};
    const double seconds = static_cast<double>(record.when.time_since_epoch().count()) / 1e6;
    std::snprintf(prefix.data(), prefix.size(), "%12.6f %s ", seconds,
                  record.from == Side::left ? "left >" : "< right");
    std::vector<std::byte> padded = record.start;
    padded.resize(record.size);
    lines += prefix.data() + drivers::describe_frame(padded) + "\n";
  }
  return lines;
}

}  // namespace zsock::test
