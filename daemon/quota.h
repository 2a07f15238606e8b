#pragma once
/// \file
/// What one user, and all users together, may hold of zsockd (conformance ACL-5, ACL-6).

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>

namespace zsock::host {

enum class Resource : std::uint8_t { clients, sockets, listeners, memory };
inline constexpr std::size_t kResources = 4;

struct QuotaConfig {
  std::size_t clients = 64;  ///< control connections of one user
  std::size_t sockets = 16384;
  std::size_t listeners = 256;
  std::size_t memory = std::size_t{8}
                       << 30U;  ///< octets of shared memory, counted in full although sparse
  std::size_t total_clients = 4096;
  std::size_t total_sockets = 1U << 20U;
  std::size_t total_listeners = 65536;
  std::size_t total_memory = std::size_t{64} << 30U;
};

/// Counts per user and in total. Nobody is exempt. For any thread.
class Quota {
 public:
  explicit Quota(const QuotaConfig& config);

  /// Takes `amount`; false, and nothing is taken, when the user's or the total limit forbids it.
  [[nodiscard]] bool charge(uid_t user, Resource resource, std::size_t amount);
  /// REQUIRES: at most what was charged.
  void give_back(uid_t user, Resource resource, std::size_t amount);
  [[nodiscard]] std::size_t used(uid_t user, Resource resource) const;
  [[nodiscard]] std::size_t total(Resource resource) const;

 private:
  using Amounts = std::array<std::size_t, kResources>;
  mutable std::mutex mutex_{};
  Amounts user_limits_;
  Amounts total_limits_;
  Amounts total_{};
  std::unordered_map<uid_t, Amounts> users_;
};

}  // namespace zsock::host
