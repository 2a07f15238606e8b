#pragma once
/// \file
/// Shards: zsockd in several threads, each with a stack, clients and a queue of the device of its
/// own (docs/decisions/0020-shards.md). Here is all that they share.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>

#include "daemon/mailbox.h"
#include "daemon/quota.h"
#include "daemon/stack/base/rng.h"
#include "daemon/stack/base/siphash.h"
#include "daemon/stack/peers.h"

namespace zsock::host {

/// Flows that are not where they hash to: those of sockets whose port was bound before anybody knew
/// the peer. Read for every frame, hence without a lock; changed seldom.
class FlowClaims {
 public:
  explicit FlowClaims(Rng& rng) : key_(SipKey::draw(rng)) {}

  /// The shard that has claimed it.
  [[nodiscard]] std::optional<unsigned> owner_of(const wire::Flow& flow) const;
  /// False: another shard has, or there is no room.
  bool claim(const wire::Flow& flow, unsigned shard);
  void give_up(const wire::Flow& flow, unsigned shard);

 private:
  static constexpr std::size_t kPlaces = std::size_t{1} << 14U;
  static constexpr std::size_t kWindow = 16;  ///< places that one flow may have
  using Place = std::atomic<std::uint64_t>;   ///< fingerprint and, in the low octet, shard + 1

  [[nodiscard]] std::uint64_t mark_of(const wire::Flow& flow) const;
  [[nodiscard]] static std::size_t place_of(std::uint64_t mark, std::size_t n);

  SipKey key_;
  std::mutex changing_{};
  std::atomic<std::size_t> count_{0};
  std::array<Place, kPlaces> places_{};
};

/// One for all shards.
struct Switchboard {
  Switchboard(std::size_t shards, const QuotaConfig& limits, Rng& rng);

  /// Held for the length of a call; not on the way of data.
  class Lock final : public PortGate {
    void enter() override { mutex_.lock(); }
    void leave() override { mutex_.unlock(); }
    std::mutex mutex_{};
  };

  Quota quota;
  Lock ports_lock{};
  PortTable ports{&ports_lock};
  FlowClaims claims;
  std::deque<Mailbox> mailboxes;
  std::atomic<bool> stopping{false};  ///< nothing new; each shard shows its connections
  std::atomic<bool> over{false};      ///< no more turns
  std::atomic<unsigned> reports{0};   ///< asked for so far
  std::deque<std::atomic<std::size_t>> connections;  ///< of each shard, once it has seen `stopping`
};

/// One shard's view of it. Methods are for the shard's own thread.
class Shard final : public Peers {
 public:
  /// \param board  outlives this
  Shard(Switchboard& board, unsigned number) : board_(&board), number_(number) {}

  [[nodiscard]] unsigned number() const override { return number_; }
  [[nodiscard]] PortTable& ports() override { return board_->ports; }
  [[nodiscard]] bool is_mine(const wire::Flow& flow) const override {
    return owner_of(flow) == number_;
  }
  [[nodiscard]] bool claim(const wire::Flow& flow) override {
    return board_->claims.claim(flow, number_);
  }
  void give_up(const wire::Flow& flow) override { board_->claims.give_up(flow, number_); }

  [[nodiscard]] Switchboard& board() const { return *board_; }
  [[nodiscard]] unsigned count() const { return static_cast<unsigned>(board_->mailboxes.size()); }
  [[nodiscard]] Mailbox& mailbox() const { return board_->mailboxes[number_]; }
  /// Posts to one or all others what a frame of theirs is; true: it is this shard's as well.
  bool sort(const RxFrame& frame);
  void post(unsigned shard, Mail mail) { board_->mailboxes[shard].post(std::move(mail)); }
  /// Frames passed on, and those for which there was no room, so far.
  [[nodiscard]] std::uint64_t passed_on() const { return passed_on_; }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  [[nodiscard]] unsigned owner_of(const wire::Flow& flow) const;
  void pass_on(unsigned shard, const RxFrame& frame);

  Switchboard* board_;
  unsigned number_;
  std::uint64_t passed_on_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace zsock::host
