#pragma once
/// \file
/// The DHCP client's state machine (RFC 2131 4.4): messages and time in, questions and a lease out.

#include <optional>
#include <vector>

#include "daemon/stack/base/rng.h"
#include "daemon/stack/base/time.h"
#include "daemon/stack/dhcp/message.h"

namespace zsock::dhcp {

/// RFC 2131 4.4, figure 5; without INIT-REBOOT, as nothing is kept over restarts.
enum class State : std::uint8_t { init, selecting, requesting, bound, renewing, rebinding };

/// What may be used until further notice.
struct Lease {
  wire::Cidr address{};
  std::vector<GatewayRoute> routes{};
  std::vector<wire::IpAddress> name_servers{};
  friend bool operator==(const Lease&, const Lease&) = default;
};

/// A question and where it goes.
struct Outgoing {
  Question question{};
  std::optional<wire::IpAddress> server{};  ///< nothing: broadcast
};

class Client {
 public:
  /// \param rng  outlives the client
  Client(const wire::MacAddr& mac, Rng& rng) : mac_(mac), rng_(&rng) {}

  void start(Instant now);
  /// Somebody else has the address that was leased: the server is told (RFC 2131 3.1 5).
  void decline(Instant now);
  void receive(const Reply& reply, Instant now);
  [[nodiscard]] std::optional<Instant> deadline() const { return deadline_; }
  void on_deadline(Instant now);

  /// What is to be sent, once.
  std::optional<Outgoing> poll();
  [[nodiscard]] const std::optional<Lease>& lease() const { return lease_; }
  [[nodiscard]] State state() const { return state_; }
  void check_invariants() const;

 private:
  void begin(Instant now);
  void ask(MessageType type, Instant now);
  void retransmit(Instant now);
  void take_offer(const Reply& reply, Instant now);
  void bind(const Reply& reply, Instant now);
  void extend(State state, Instant until, Instant now);
  void lose_lease(Instant now);

  wire::MacAddr mac_;
  Rng* rng_;
  State state_ = State::init;
  std::uint32_t transaction_ = 0;
  unsigned attempts_ = 0;      ///< of the question being asked
  Instant asked_since_{};      ///< beginning of the exchange
  wire::IpAddress address_{};  ///< offered or leased
  wire::IpAddress server_{};
  Instant renew_at_{};   ///< T1
  Instant rebind_at_{};  ///< T2
  Instant expires_{};
  std::optional<Lease> lease_{};
  std::optional<Instant> deadline_{};
  std::optional<Outgoing> outgoing_{};
};

}  // namespace zsock::dhcp
