/// \file
/// What the sender tells of itself.

#include <algorithm>

#include "daemon/stack/tcp/sender.h"

namespace zsock::tcp {

bool Sender::window_blocks() const {
  if (una_ == 0 || una_ == end()) return false;
  if (window_ == 0) return true;
  // Nothing on its way will bring an ACK, and the window is too small to be worth using.
  return flight() == 0 && next_ >= push_until_ && next_ + window_ < text_end() &&
         window_ < segment_size_ && window_ < max_window_ / 2;
}

std::uint64_t Sender::unsent_text() const {
  return text_end() - std::clamp<std::uint64_t>(next_, 1, text_end());
}

std::uint64_t Sender::octets_sent() const {
  return std::clamp<std::uint64_t>(next_, 1, text_end()) - 1;
}

std::size_t Sender::wanted_ring() const {
  if (ring_.room() > ring_.capacity() / 4) return 0;
  return std::size_t{2} * std::min(congestion_.window(), window_);
}

bool Sender::cork_holds() const {
  return cork_ && !finished_ && una_ > 0 && push_until_ < text_end() && next_ < text_end() &&
         text_end() - next_ < segment_size_;
}

bool Sender::retransmission_waits() const {
  if (!loss_.first_pending(una_) || loss_.holds_back()) return false;
  // Fast recovery may have no room for it: then nobody but the timer gets it out.
  return una_ == 0 || plan_retransmission(segment_size_).kind != Plan::Kind::none;
}

SendMeter Sender::meter() const {
  SendMeter meter = meter_ ? *meter_ : SendMeter{};
  meter.set_wait(waits_for());
  return meter;
}

SendMeter::Wait Sender::waits_for() const {
  if (una_ == 0 || una_ == end()) return SendMeter::Wait::text;
  const std::uint64_t unsent = unsent_text();
  const bool stopped = unsent > 0 ? usable() < std::min<std::uint64_t>(unsent, segment_size_)
                                  : ring_.room() < ring_.capacity() / 3;
  if (!stopped || room() < segment_size_) return SendMeter::Wait::path;
  return unsent > 0 ? SendMeter::Wait::peer : SendMeter::Wait::buffer;
}

}  // namespace zsock::tcp
