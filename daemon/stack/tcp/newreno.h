#pragma once
/// \file
/// Congestion avoidance of RFC 5681 3.1 with byte counting (RFC 3465); the window's part of NewReno
/// (RFC 6582).

#include "daemon/stack/tcp/congestion_types.h"
#include "daemon/stack/tcp/congestion_window.h"

namespace zsock::tcp {

class NewReno {
 public:
  void on_ack(CongestionWindow& window, const AckSample& ack);
  void on_loss(CongestionWindow& window, std::uint32_t in_flight);
  void on_timeout(CongestionWindow& window, std::uint32_t in_flight);
  void after_idle() {}

 private:
  std::uint32_t acked_ = 0;  ///< bytes_acked of RFC 3465 2.1
};

}  // namespace zsock::tcp
