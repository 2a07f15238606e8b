#pragma once
/// \file
/// Shards: several stacks behind one device, each with the connections whose flow hashes to it.
/// Which of them a received frame concerns, and what those beside the first may send: pure
/// functions of a frame's bytes (docs/decisions/0020-shards.md).

#include "daemon/stack/base/frame.h"
#include "daemon/stack/base/siphash.h"
#include "daemon/stack/wire/addr.h"

namespace zsock {

/// What a received frame is about.
struct FrameSubject {
  enum class Kind : std::uint8_t {
    connection,  ///< of TCP, or an ICMP error that quotes one: `flow` is it, seen from here
    everybody,   ///< ARP, neighbour discovery, routers, a fragment that may be TCP's
    other,       ///< the first shard's
  };
  Kind kind = Kind::other;
  wire::Flow flow{};  ///< without scopes
};

/// Any bytes may be asked about. Checksums are not looked at.
[[nodiscard]] FrameSubject subject_of(ByteView frame);

/// The same for both directions of a flow; scopes do not count.
[[nodiscard]] std::uint64_t hash_of(const wire::Flow& flow);
/// One flow's own, and nobody else's to guess; scopes do not count.
[[nodiscard]] std::uint64_t fingerprint_of(const wire::Flow& flow, const SipKey& key);

/// May a shard beside the first send it? Only what is about its own connections: segments, and
/// questions for a neighbour's address. All else the first one sends as well, for all of them.
[[nodiscard]] bool sent_by_every_shard(const TxFrame& frame);

}  // namespace zsock
