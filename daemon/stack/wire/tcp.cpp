#include "daemon/stack/wire/tcp.h"

#include <algorithm>

#include "daemon/stack/wire/checksum.h"
#include "daemon/stack/wire/protocol.h"

namespace zsock::wire {
namespace {

constexpr std::size_t kSourcePort = 0;
constexpr std::size_t kDestinationPort = 2;
constexpr std::size_t kSequence = 4;
constexpr std::size_t kAcknowledgment = 8;
constexpr std::size_t kDataOffset = 12;  ///< in units of 4 octets, in the high nibble
constexpr std::size_t kFlags = 13;
constexpr std::size_t kWindow = 14;
constexpr std::size_t kChecksum = 16;
constexpr std::size_t kUrgent = 18;

constexpr std::uint8_t kEndOfOptions = 0;
constexpr std::uint8_t kNoOperation = 1;
constexpr std::uint8_t kMaxSegmentSize = 2;
constexpr std::uint8_t kWindowScale = 3;
constexpr std::uint8_t kSackPermitted = 4;
constexpr std::uint8_t kSack = 5;
constexpr std::uint8_t kTimestamps = 8;
constexpr std::uint8_t kFastOpen = 34;

// Octets of each option, kind and length included.
constexpr std::size_t kMaxSegmentSizeSize = 4;
constexpr std::size_t kWindowScaleSize = 3;
constexpr std::size_t kSackPermittedSize = 2;
constexpr std::size_t kTimestampsSize = 10;
constexpr std::size_t kSackBlockSize = 8;

constexpr std::size_t aligned(std::size_t size) {
  return (size + 3U) & ~std::size_t{3};
}

std::size_t sack_size(std::size_t blocks) {
  return 2 + blocks * kSackBlockSize;
}

void take_sack(TcpOptions& options, ByteView option) {
  const std::size_t blocks = option.size() / kSackBlockSize;
  if (blocks == 0 || blocks > options.sack.size() || option.size() != sack_size(blocks)) return;
  options.sack = {};  // an earlier option of this kind leaves nothing behind
  options.sack_count = blocks;
  for (std::size_t i = 0; i < blocks; ++i) {
    const std::size_t at = 2 + i * kSackBlockSize;
    options.sack[i] = {load_be32(option, at), load_be32(option, at + 4)};
  }
}

/// RFC 7413 4.1.1: 4 to 16 octets, an even number, or none.
void take_fast_open(TcpOptions& options, ByteView option) {
  const ByteView octets = option.subspan(2);
  const bool fits = octets.size() >= FastOpenCookie::kLeast &&
                    octets.size() <= FastOpenCookie::kMost && octets.size() % 2 == 0;
  if (!fits && !octets.empty()) return;
  FastOpenCookie cookie{.size = static_cast<std::uint8_t>(octets.size())};
  copy_bytes(cookie.octets, octets);
  options.fast_open = cookie;
}

/// One option, whole. An option whose length is not that of its kind is skipped like an unknown
/// one.
void take_option(TcpOptions& options, ByteView option) {
  switch (load_u8(option, 0)) {
    case kMaxSegmentSize:
      if (option.size() == kMaxSegmentSizeSize) options.max_segment_size = load_be16(option, 2);
      break;
    case kWindowScale:
      if (option.size() == kWindowScaleSize) options.window_scale = load_u8(option, 2);
      break;
    case kSackPermitted:
      if (option.size() == kSackPermittedSize) options.sack_permitted = true;
      break;
    case kSack:
      take_sack(options, option);
      break;
    case kTimestamps:
      if (option.size() == kTimestampsSize) {
        options.timestamps = TcpTimestamps{load_be32(option, 2), load_be32(option, 6)};
      }
      break;
    case kFastOpen:
      take_fast_open(options, option);
      break;
    default:
      break;
  }
}

/// RFC 9293 3.2: nothing when an option has an impossible length (MUST-7).
std::optional<TcpOptions> parse_options(ByteView bytes) {
  TcpOptions options;
  while (!bytes.empty()) {
    const std::uint8_t kind = load_u8(bytes, 0);
    if (kind == kEndOfOptions) break;
    if (kind == kNoOperation) {
      bytes = bytes.subspan(1);
      continue;
    }
    if (bytes.size() < 2) return std::nullopt;
    const std::size_t length = load_u8(bytes, 1);
    if (length < 2 || length > bytes.size()) return std::nullopt;
    take_option(options, bytes.first(length));
    bytes = bytes.subspan(length);
  }
  return options;
}

/// Writes options one after another, each aligned so that it ends on a multiple of 4.
class OptionWriter {
 public:
  explicit OptionWriter(MutableBytes out) : out_(out) {}

  /// Starts an option of `size` octets: NOPs, then kind and length.
  void begin(std::uint8_t kind, std::size_t size) {
    while ((at_ + size) % 4 != 0) u8(kNoOperation);
    u8(kind);
    u8(static_cast<std::uint8_t>(size));
  }
  void u8(std::uint8_t value) { store_u8(out_, at_++, value); }
  void be16(std::uint16_t value) {
    store_be16(out_, at_, value);
    at_ += 2;
  }
  void be32(std::uint32_t value) {
    store_be32(out_, at_, value);
    at_ += 4;
  }
  void bytes(ByteView octets) {
    copy_bytes(out_.subspan(at_), octets);
    at_ += octets.size();
  }

 private:
  MutableBytes out_;
  std::size_t at_ = 0;
};

/// The order is that of most hosts: SACK-permitted fills the two octets before timestamps, which
/// are then at the place where receivers look for them first (RFC 7323 appendix A).
void emit_options(const TcpOptions& options, MutableBytes out) {
  OptionWriter writer(out);
  if (options.max_segment_size) {
    writer.begin(kMaxSegmentSize, kMaxSegmentSizeSize);
    writer.be16(*options.max_segment_size);
  }
  if (options.sack_permitted) {
    // Without timestamps behind it the option has to end aligned itself.
    if (!options.timestamps) {
      writer.begin(kSackPermitted, kSackPermittedSize);
    } else {
      writer.u8(kSackPermitted);
      writer.u8(static_cast<std::uint8_t>(kSackPermittedSize));
    }
  }
  if (options.timestamps) {
    writer.begin(kTimestamps, kTimestampsSize);
    writer.be32(options.timestamps->value);
    writer.be32(options.timestamps->echo);
  }
  if (options.window_scale) {
    writer.begin(kWindowScale, kWindowScaleSize);
    writer.u8(*options.window_scale);
  }
  if (options.fast_open) {
    writer.begin(kFastOpen, 2 + options.fast_open->view().size());
    writer.bytes(options.fast_open->view());
  }
  if (options.sack_count > 0) {
    writer.begin(kSack, sack_size(options.sack_count));
    for (std::size_t i = 0; i < options.sack_count; ++i) {
      writer.be32(options.sack[i].begin);
      writer.be32(options.sack[i].end);
    }
  }
}

}  // namespace

std::size_t TcpOptions::size() const {
  std::size_t size = 0;
  if (max_segment_size) size += kMaxSegmentSizeSize;
  if (timestamps) {
    size += aligned(kTimestampsSize);  // two octets to spare for SACK-permitted
  } else if (sack_permitted) {
    size += aligned(kSackPermittedSize);
  }
  if (window_scale) size += aligned(kWindowScaleSize);
  if (sack_count > 0) size += aligned(sack_size(sack_count));
  if (fast_open) size += aligned(2 + fast_open->view().size());
  return size;
}

Result<Tcp, ParseError> Tcp::parse(ByteView segment) {
  if (segment.size() < kMinHeaderSize) return Err{ParseError::too_short};
  const std::size_t header_size = 4 * (std::size_t{load_u8(segment, kDataOffset)} >> 4U);
  if (header_size < kMinHeaderSize || header_size > segment.size()) {
    return Err{ParseError::bad_length};
  }
  const auto options = parse_options(segment.first(header_size).subspan(kMinHeaderSize));
  if (!options) return Err{ParseError::bad_option};
  return Tcp{.source_port = load_be16(segment, kSourcePort),
             .destination_port = load_be16(segment, kDestinationPort),
             .sequence = load_be32(segment, kSequence),
             .acknowledgment = load_be32(segment, kAcknowledgment),
             .flags = load_u8(segment, kFlags),
             .window = load_be16(segment, kWindow),
             .urgent = load_be16(segment, kUrgent),
             .options = *options,
             .payload = segment.subspan(header_size)};
}

bool Tcp::verify(ByteView segment, const IpAddress& source, const IpAddress& destination) {
  Checksum sum;
  sum.add_pseudo_header(source, destination, ip_protocol::kTcp,
                        static_cast<std::uint32_t>(segment.size()));
  return sum.add(segment).finish() == 0;
}

std::size_t Tcp::emit_partial(MutableBytes out, const IpAddress& source,
                              const IpAddress& destination, std::size_t payload_size) const {
  const std::size_t size = header_size();
  ZSOCK_CHECK(size <= kMaxHeaderSize && options.sack_count <= options.sack.size());
  store_be16(out, kSourcePort, source_port);
  store_be16(out, kDestinationPort, destination_port);
  store_be32(out, kSequence, sequence);
  store_be32(out, kAcknowledgment, acknowledgment);
  store_u8(out, kDataOffset, static_cast<std::uint8_t>((size / 4) << 4U));
  store_u8(out, kFlags, flags);
  store_be16(out, kWindow, window);
  Checksum sum;
  sum.add_pseudo_header(source, destination, ip_protocol::kTcp,
                        static_cast<std::uint32_t>(size + payload_size));
  store_be16(out, kChecksum, sum.folded());
  store_be16(out, kUrgent, urgent);
  emit_options(options, out.first(size).subspan(kMinHeaderSize));
  return size;
}

}  // namespace zsock::wire
