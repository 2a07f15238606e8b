#include "daemon/stack/wire/icmpv4.h"

#include "daemon/stack/wire/checksum.h"

namespace zsock::wire {
namespace {

constexpr std::size_t kType = 0;
constexpr std::size_t kCode = 1;
constexpr std::size_t kChecksum = 2;
constexpr std::size_t kRest = 4;

}  // namespace

bool Icmpv4::is_error() const {
  switch (type) {
    case icmpv4_type::kUnreachable:
    case icmpv4_type::kSourceQuench:
    case icmpv4_type::kRedirect:
    case icmpv4_type::kTimeExceeded:
    case icmpv4_type::kParameterProblem:
      return true;
    default:
      return false;
  }
}

Result<Icmpv4, ParseError> Icmpv4::parse(ByteView message) {
  if (message.size() < kHeaderSize) return Err{ParseError::too_short};
  if (checksum(message) != 0) return Err{ParseError::bad_checksum};
  return Icmpv4{.type = load_u8(message, kType),
                .code = load_u8(message, kCode),
                .rest = load_be32(message, kRest),
                .payload = message.subspan(kHeaderSize)};
}

void Icmpv4::emit(MutableBytes out) const {
  store_u8(out, kType, type);
  store_u8(out, kCode, code);
  store_be16(out, kChecksum, 0);
  store_be32(out, kRest, rest);
  const Checksum sum = Checksum().add(out.first(kHeaderSize)).add(payload);
  store_be16(out, kChecksum, sum.finish());
}

}  // namespace zsock::wire
