#include "tests/support/stream_peer.h"

#include <algorithm>

namespace zsock::test {
namespace {

constexpr Duration kTurn{100};  ///< between two pieces when nothing else happens

}  // namespace

std::byte stream_octet(std::uint64_t seed, std::uint64_t position) {
  const std::uint64_t mixed = (position + seed * 1000003) * 0x9e3779b97f4a7c15ULL;
  return static_cast<std::byte>(mixed >> 56U);
}

StreamPeer::StreamPeer(TwoHosts& hosts, TcpApp& app, const StreamPlan& plan)
    : hosts_(&hosts), app_(&app), plan_(plan), rng_(plan.seed), buffer_(plan.piece) {}

void StreamPeer::act() {
  if (done() || hosts_->now() < paused_until_) return;
  if (!app_->status().connected) return;
  write_piece();
  read_piece();
  if (done()) return;
  const bool more = app_->readable() != 0 || (!finished_writing_ && app_->room() != 0);
  if (const Duration pause = next_pause(); more || pause > kTurn) {
    paused_until_ = hosts_->now() + pause;
    hosts_->at(paused_until_, [] {});
  }
}

Duration StreamPeer::next_pause() {
  if (plan_.stall.count() == 0 || rng_.below(100) >= plan_.stall_percent) return kTurn;
  return kTurn + Duration{1 + rng_.below(static_cast<std::uint32_t>(plan_.stall.count()))};
}

void StreamPeer::write_piece() {
  if (finished_writing_) return;
  const std::uint64_t left = plan_.octets - written_;
  const auto size =
      static_cast<std::size_t>(std::min<std::uint64_t>(left, 1 + rng_.below(plan_.piece)));
  for (std::size_t i = 0; i < size; ++i) buffer_[i] = stream_octet(plan_.seed, written_ + i);
  written_ += app_->write(ByteView{buffer_}.first(size));
  if (written_ < plan_.octets) return;
  app_->shutdown_send();
  finished_writing_ = true;
}

void StreamPeer::read_piece() {
  const std::size_t size = app_->read(MutableBytes{buffer_}.first(1 + rng_.below(plan_.piece)));
  for (std::size_t i = 0; i < size; ++i) {
    intact_ = intact_ && buffer_[i] == stream_octet(plan_.peer_seed, read_ + i);
  }
  read_ += size;
  if (app_->at_end()) at_end_ = true;
}

}  // namespace zsock::test
