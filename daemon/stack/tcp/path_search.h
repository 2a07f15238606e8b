#pragma once
/// \file
/// What size of segment comes through, when nobody says that a larger one does not (RFC 4821): down
/// after timeouts that only full segments see, up again by single segments that may be lost.

#include <cstdint>
#include <memory>
#include <optional>

#include "daemon/stack/base/range_set.h"
#include "daemon/stack/base/time.h"
#include "daemon/stack/tcp/connection_types.h"

namespace zsock::tcp {

/// All sizes are octets of text and TCP options, as PathMss.
class PathSearch {
 public:
  static constexpr std::uint32_t kTimeouts = 2;  ///< RFC 4821 7.7: so many for each step down
  static constexpr Duration kInterval = std::chrono::minutes{10};  ///< RFC 4821 7.4: between probes

  void start(const PathMss& path);
  /// ICMP says so. False: it is no news.
  bool lower(std::uint16_t mss);
  [[nodiscard]] std::uint16_t mss() const { return mss_; }  ///< what comes through, we think

  /// Segments of `size` do not come through. \param next  una at which the path will have proved to
  /// be alive. True: mss() is smaller now.
  bool fall(std::uint16_t size, std::uint64_t next);
  /// A larger size worth a try, now.
  [[nodiscard]] std::optional<std::uint16_t> candidate(Instant now) const;
  /// A segment of mss() `size` has been sent, here and now.
  void probe_sent(std::uint16_t size, Range range);
  /// True: mss() is larger now.
  bool on_ack(std::uint64_t una, Instant now);
  /// What the probe carried goes out again: it was too large, or had bad luck.
  void on_sent_again(Range range, Instant now);

 private:
  struct Probe {
    std::uint16_t size = 0;
    Range range{};
  };
  /// Seldom needed, therefore not part of every connection.
  struct Search {
    std::optional<std::uint64_t> alive_at{};
    std::optional<Probe> probe{};
    Instant probe_at{};
    std::uint16_t failed = 0;  ///< the smallest that was tried in vain; 0: none
  };

  PathMss path_{};
  std::uint16_t mss_ = 536;
  std::unique_ptr<Search> search_{};  ///< while mss() is below what the path was said to take
};

}  // namespace zsock::tcp
