#pragma once
/// \file
/// How much may be in flight while fast recovery lasts (RFC 9937): as much less as the congestion
/// control wants in the end, spread over the acknowledgments of one round trip. Octets only.

#include <cstdint>

namespace zsock::tcp {

class Prr {
 public:
  /// RFC 9937 6.1. \param flight  RecoverFS: octets outstanding and not known to be delivered when
  ///                              recovery began, with what its first acknowledgment delivers
  void enter(std::uint64_t flight);

  enum class Safety : std::uint8_t {
    safe,  ///< UNA has moved and no more losses were found: SafeACK
    unsafe,
  };
  struct Ack {
    std::uint64_t delivered = 0;  ///< DeliveredData
    std::uint64_t in_flight = 0;
    std::uint64_t threshold = 0;  ///< ssthresh
    std::uint32_t segment = 0;    ///< SMSS
    Safety safety = Safety::unsafe;
  };
  void on_ack(const Ack& ack);  ///< RFC 9937 6.2
  void sent(std::uint64_t octets) { out_ += octets; }

  [[nodiscard]] std::uint64_t window() const { return window_; }  ///< cwnd

 private:
  std::uint64_t flight_ = 1;     ///< RecoverFS
  std::uint64_t delivered_ = 0;  ///< prr_delivered
  std::uint64_t out_ = 0;        ///< prr_out
  std::uint64_t window_ = 0;
};

}  // namespace zsock::tcp
