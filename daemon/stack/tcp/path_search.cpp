#include "daemon/stack/tcp/path_search.h"

#include <algorithm>

namespace zsock::tcp {

namespace {

constexpr std::uint16_t kBase = 1024;      ///< RFC 4821 7.2: comes through nearly everywhere
constexpr std::uint16_t kResolution = 32;  ///< RFC 4821 7.3: not worth a probe

}  // namespace

void PathSearch::start(const PathMss& path) {
  path_ = path;
  mss_ = path.now;
}

bool PathSearch::lower(std::uint16_t mss) {
  if (mss >= path_.now) return false;
  path_.now = mss;
  if (search_) search_->probe.reset();
  if (mss > mss_) return false;
  search_.reset();
  if (mss == mss_) return false;
  mss_ = mss;
  return true;
}

bool PathSearch::fall(std::uint16_t size, std::uint64_t next) {
  const std::uint16_t base = std::max(kBase, path_.least);
  const std::uint16_t step = size > base ? base : path_.least;
  if (step >= size || step >= mss_) return false;
  mss_ = step;
  search_ = std::make_unique<Search>(Search{.alive_at = next});
  return true;
}

std::optional<std::uint16_t> PathSearch::candidate(Instant now) const {
  if (!search_ || search_->alive_at || search_->probe || now < search_->probe_at) {
    return std::nullopt;
  }
  const std::uint16_t failed = std::min(search_->failed, path_.now);
  const auto middle = static_cast<std::uint16_t>((mss_ + failed) / 2);
  // Near enough: the path may have changed meanwhile, so from the top again.
  return middle >= mss_ + kResolution ? middle : path_.now;
}

void PathSearch::probe_sent(std::uint16_t size, Range range) {
  search_->probe = Probe{.size = size, .range = range};
}

bool PathSearch::on_ack(std::uint64_t una, Instant now) {
  if (!search_) return false;
  if (search_->alive_at && una >= *search_->alive_at) {
    search_->alive_at.reset();
    search_->probe_at = now;  // perhaps the path was only down
  }
  if (!search_->probe || una < search_->probe->range.end) return false;
  mss_ = search_->probe->size;
  search_->probe.reset();
  search_->probe_at = now + kInterval;
  if (mss_ >= path_.now) search_.reset();
  return true;
}

void PathSearch::on_sent_again(Range range, Instant now) {
  if (!search_ || !search_->probe) return;
  const Probe& probe = *search_->probe;
  if (range.begin >= probe.range.end || range.end <= probe.range.begin) return;
  search_->failed = probe.size;
  search_->probe.reset();
  search_->probe_at = now + kInterval;
}

}  // namespace zsock::tcp
