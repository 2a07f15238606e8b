#pragma once
/// \file
/// What a client of TCP Fast Open remembers of servers (RFC 7413 4.1.3): their cookies, and where
/// SYNs with the option vanish.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include "daemon/stack/tcp/fast_open.h"

namespace zsock::tcp {

class FastOpenCache {
 public:
  static constexpr std::size_t kServers = 256;
  /// RFC 7413 4.1.3.1: how long a server is not asked after the first such failure; each further
  /// one doubles it, up to the longest.
  static constexpr Duration kPause = std::chrono::hours{1};
  static constexpr Duration kLongestPause = std::chrono::hours{24};

  /// What to show to a server; nothing: the option would not pass.
  [[nodiscard]] std::optional<FastOpenOffer> offer(const wire::IpAddress& server,
                                                   Instant now) const;
  /// The server has answered a SYN with the option. \param given  none: keeps what is known
  void learn(const wire::IpAddress& server, const std::optional<wire::FastOpenCookie>& given,
             std::uint16_t peer_mss);
  /// A SYN with the option got no answer, one without did.
  void note_black_hole(const wire::IpAddress& server, Instant now);

 private:
  struct Entry {
    FastOpenOffer offer{};
    std::uint8_t failures = 0;  ///< in a row
    Instant paused_until{};
  };
  Entry& entry(const wire::IpAddress& server);

  std::map<wire::IpAddress, Entry> servers_{};
  std::deque<wire::IpAddress> oldest_first_{};
};

}  // namespace zsock::tcp
