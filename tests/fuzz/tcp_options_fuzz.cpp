// FZ-6. The input is the options of a TCP header. What parses and fits is emitted and parses back
// the same.

#include <algorithm>
#include <array>
#include <span>

#include "daemon/stack/wire/tcp.h"
#include "tests/fuzz/fuzz.h"

namespace zsock::wire {
namespace {

constexpr std::size_t kMaxOptions = Tcp::kMaxHeaderSize - Tcp::kMinHeaderSize;

void check_options(ByteView options) {
  options = options.first(std::min(options.size(), kMaxOptions));
  std::array<std::byte, Tcp::kMaxHeaderSize> segment{};
  copy_bytes(MutableBytes(segment).subspan(Tcp::kMinHeaderSize), options);
  const std::size_t size = Tcp::kMinHeaderSize + (options.size() + 3) / 4 * 4;
  store_u8(segment, 12, static_cast<std::uint8_t>((size / 4) << 4U));
  const auto tcp = Tcp::parse(ByteView(segment).first(size));
  if (!tcp) {
    ZSOCK_CHECK(tcp.error() == ParseError::bad_option);
    return;
  }
  ZSOCK_CHECK(tcp->payload.empty() && tcp->options.sack_count <= tcp->options.sack.size());
  if (tcp->options.size() > kMaxOptions) return;  // they fitted only unaligned

  std::array<std::byte, Tcp::kMaxHeaderSize> out{};
  const std::size_t written = tcp->emit_partial(out, {}, {}, 0);
  ZSOCK_CHECK(written == tcp->header_size());
  const auto again = Tcp::parse(ByteView(out).first(written));
  ZSOCK_CHECK(again && again->options == tcp->options);
}

}  // namespace
}  // namespace zsock::wire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  zsock::wire::check_options(std::as_bytes(std::span(data, size)));
  return 0;
}
