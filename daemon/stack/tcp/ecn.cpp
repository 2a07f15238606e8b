#include "daemon/stack/tcp/ecn.h"

namespace zsock::tcp {

bool EcnEcho::on_text(Mark mark, std::uint8_t flags) {
  if (!enabled_) return false;
  const bool before = active_;
  if ((flags & wire::tcp_flag::kCwr) != 0) active_ = false;
  if (mark == Mark::congestion_experienced) active_ = true;
  return active_ != before;
}

void EcnResponse::note_reduction(std::uint64_t next) {
  reduced_at_ = next;
  cwr_due_ = enabled_;
}

}  // namespace zsock::tcp
