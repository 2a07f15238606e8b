#include "daemon/stack/tcp/fast_open.h"

#include <array>

#include "daemon/stack/wire/flow_bytes.h"

namespace zsock::tcp {

namespace {

std::int64_t epoch_of(Instant now) {
  return now.time_since_epoch() / FastOpenKey::kEpoch;
}

}  // namespace

FastOpenKey::FastOpenKey(const SipKey& secret) {
  // Inputs that nothing else hashes with it.
  const std::array<std::byte, 2> numbers{std::byte{34}, std::byte{35}};
  key_ = {siphash(secret, ByteView{numbers}.first(1)), siphash(secret, ByteView{numbers}.last(1))};
}

wire::FastOpenCookie FastOpenKey::cookie(const wire::Flow& flow, std::int64_t epoch) const {
  wire::Flow hosts = flow;  // a client shows it from any port, and to any of ours
  hosts.local.port = hosts.remote.port = 0;
  const wire::FlowBytes place = wire::flow_bytes(hosts);
  std::array<std::byte, 64> input{};
  store_be32(input, 0, static_cast<std::uint32_t>(epoch));
  copy_bytes(MutableBytes{input}.subspan(4), place.view());
  const std::uint64_t hash = siphash(key_, ByteView{input}.first(4 + place.size));
  wire::FastOpenCookie made{.size = 8};
  store_be32(made.octets, 0, static_cast<std::uint32_t>(hash >> 32U));
  store_be32(made.octets, 4, static_cast<std::uint32_t>(hash));
  return made;
}

wire::FastOpenCookie FastOpenKey::make(const wire::Flow& flow, Instant now) const {
  return cookie(flow, epoch_of(now));
}

FastOpenKey::Verdict FastOpenKey::check(const wire::Flow& flow, const wire::FastOpenCookie& shown,
                                        Instant now) const {
  const std::int64_t epoch = epoch_of(now);
  if (shown == cookie(flow, epoch)) return Verdict::fresh;
  return shown == cookie(flow, epoch - 1) ? Verdict::old : Verdict::none;
}

}  // namespace zsock::tcp
