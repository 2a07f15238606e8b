#include "daemon/stack/tcp/prr.h"

#include <algorithm>

namespace zsock::tcp {

namespace {
std::uint64_t less(std::uint64_t from, std::uint64_t what) {
  return from - std::min(from, what);
}
}  // namespace

void Prr::enter(std::uint64_t flight) {
  *this = Prr{};
  flight_ = std::max<std::uint64_t>(flight, 1);
}

void Prr::on_ack(const Ack& ack) {
  delivered_ += ack.delivered;
  std::uint64_t send = 0;  // sndcnt
  if (ack.in_flight > ack.threshold) {
    send = less((delivered_ * ack.threshold + flight_ - 1) / flight_, out_);
  } else {
    send = std::max(less(delivered_, out_), ack.delivered);  // PRR-CRB
    if (ack.safety == Safety::safe) send += ack.segment;     // PRR-SSRB
    send = std::min(less(ack.threshold, ack.in_flight), send);
  }
  // The first retransmission goes out whatever the sums say.
  if (out_ == 0) send = std::max<std::uint64_t>(send, ack.segment);
  window_ = ack.in_flight + send;
}

}  // namespace zsock::tcp
