#include "daemon/stack/tcp/isn.h"

#include "daemon/stack/wire/flow_bytes.h"

namespace zsock::tcp {

IsnGenerator::IsnGenerator(Rng& rng)
    : sequence_key_(SipKey::draw(rng)),
      timestamp_key_(SipKey::draw(rng)),
      cookies_(rng),
      fast_open_(sequence_key_) {}

Seq IsnGenerator::initial_sequence(const wire::Flow& flow, Instant now) const {
  const auto clock = static_cast<std::uint32_t>(now.time_since_epoch().count() / 4);
  const auto place =
      static_cast<std::uint32_t>(siphash(sequence_key_, wire::flow_bytes(flow).view()));
  return Seq{clock + place};
}

std::uint32_t IsnGenerator::timestamp_offset(const wire::Flow& flow) const {
  return static_cast<std::uint32_t>(siphash(timestamp_key_, wire::flow_bytes(flow).view()));
}

}  // namespace zsock::tcp
