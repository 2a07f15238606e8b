#include "daemon/stack/dhcp/client.h"

#include <algorithm>

#include "daemon/stack/base/check.h"

namespace zsock::dhcp {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kStartSpread = 1000000;  ///< µs; not all hosts of a link at once
constexpr std::uint32_t kJitter = 2000000;       ///< µs; RFC 2131 4.1: one second either way
constexpr unsigned kLongestBackoff = 4;          ///< RFC 2131 4.1: 4, 8, 16, 32, 64 s
constexpr unsigned kMaxRequests = 4;             ///< RFC 2131 3.1: then begin anew
constexpr Duration kLeastRetry = 60s;            ///< RFC 2131 4.4.5
constexpr Duration kAfterDecline = 10s;          ///< RFC 2131 3.1 5, at least
constexpr std::uint32_t kLeastLease = 60;        ///< seconds; a shorter one is not believed

std::uint8_t natural_prefix(const wire::IpAddress& address) {
  const std::uint8_t first = address.octets()[0];
  return first < 128 ? std::uint8_t{8} : first < 192 ? std::uint8_t{16} : std::uint8_t{24};
}

}  // namespace

void Client::start(Instant now) {
  deadline_ = now + Duration(rng_->below(kStartSpread));
}

void Client::begin(Instant now) {
  state_ = State::selecting;
  transaction_ = rng_->next_u32();
  asked_since_ = now;
  attempts_ = 0;
  address_ = server_ = {};
  ask(MessageType::discover, now);
}

/// The question of the present state.
void Client::ask(MessageType type, Instant now) {
  const auto waited = std::chrono::duration_cast<std::chrono::seconds>(now - asked_since_).count();
  Question question{.type = type,
                    .transaction = transaction_,
                    .seconds = static_cast<std::uint16_t>(std::min<std::int64_t>(waited, 0xffff)),
                    .client = mac_};
  outgoing_ = Outgoing{};
  if (state_ == State::requesting) {
    question.requested = address_;
    question.server = server_;
  } else if (state_ == State::renewing || state_ == State::rebinding) {
    question.current = address_;
    if (state_ == State::renewing) outgoing_->server = server_;
  }
  outgoing_->question = question;
  if (state_ == State::selecting || state_ == State::requesting) retransmit(now);
}

void Client::retransmit(Instant now) {
  const Duration wait = 4s * (1U << std::min(attempts_, kLongestBackoff));
  ++attempts_;
  deadline_ = now + wait - Duration(kJitter / 2) + Duration(rng_->below(kJitter));
}

std::optional<Outgoing> Client::poll() {
  return std::exchange(outgoing_, std::nullopt);
}

// --- What servers say ----------------------------------------------------------------------------

void Client::receive(const Reply& reply, Instant now) {
  if (reply.client != mac_ || reply.transaction != transaction_) return;
  const bool asked =
      state_ == State::requesting || state_ == State::renewing || state_ == State::rebinding;
  if (reply.type == MessageType::offer && state_ == State::selecting) {
    return take_offer(reply, now);
  }
  if (!asked) return;
  const bool ours = state_ == State::rebinding || reply.server == server_;
  if (reply.type == MessageType::ack && ours && reply.lease) return bind(reply, now);
  if (reply.type == MessageType::nak && ours) lose_lease(now);
}

void Client::take_offer(const Reply& reply, Instant now) {
  if (!reply.lease) return;
  state_ = State::requesting;
  address_ = reply.address;
  server_ = *reply.server;
  attempts_ = 0;
  ask(MessageType::request, now);
}

/// RFC 2131 4.4.5. T1 < T2 < lease, or the usual fractions of it.
void Client::bind(const Reply& reply, Instant now) {
  state_ = State::bound;
  address_ = reply.address;
  server_ = *reply.server;
  lease_ =
      Lease{.address = {reply.address, reply.prefix_length.value_or(natural_prefix(reply.address))},
            .routes = reply.routes,
            .name_servers = reply.name_servers};
  if (*reply.lease == kForever) {
    deadline_.reset();
    return;
  }
  const std::uint32_t lease = std::max(*reply.lease, kLeastLease);
  std::uint32_t rebinding = reply.rebinding.value_or(0);
  std::uint32_t renewal = reply.renewal.value_or(0);
  if (rebinding < 2 || rebinding >= lease) rebinding = lease / 8 * 7;
  if (renewal == 0 || renewal >= rebinding) renewal = std::min(lease / 2, rebinding - 1);
  renew_at_ = now + std::chrono::seconds(renewal);
  rebind_at_ = now + std::chrono::seconds(rebinding);
  expires_ = now + std::chrono::seconds(lease);
  deadline_ = renew_at_;
}

void Client::decline(Instant now) {
  if (!lease_) return;
  lease_.reset();
  state_ = State::init;
  outgoing_ = Outgoing{.question = {.type = MessageType::decline,
                                    .transaction = transaction_,
                                    .client = mac_,
                                    .requested = address_,
                                    .server = server_}};
  deadline_ = now + kAfterDecline;
}

/// The address may not be used any longer.
void Client::lose_lease(Instant now) {
  lease_.reset();
  begin(now);
}

// --- Time ----------------------------------------------------------------------------------------

void Client::on_deadline(Instant now) {
  if (!deadline_ || *deadline_ > now) return;
  switch (state_) {
    case State::init:
      return begin(now);
    case State::selecting:
      return ask(MessageType::discover, now);
    case State::requesting:
      if (attempts_ > kMaxRequests) return begin(now);
      return ask(MessageType::request, now);
    case State::bound:
      transaction_ = rng_->next_u32();
      asked_since_ = now;
      return extend(State::renewing, rebind_at_, now);
    case State::renewing:
      if (now < rebind_at_) return extend(State::renewing, rebind_at_, now);
      return extend(State::rebinding, expires_, now);
    case State::rebinding:
      if (now < expires_) return extend(State::rebinding, expires_, now);
      return lose_lease(now);
  }
}

/// RFC 2131 4.4.5: again after half of what remains, but not more often than every minute.
void Client::extend(State state, Instant until, Instant now) {
  state_ = state;
  ask(MessageType::request, now);
  const Instant again = now + std::max((until - now) / 2, Duration(kLeastRetry));
  deadline_ = std::min(again, until);
}

void Client::check_invariants() const {
  const bool holds =
      state_ == State::bound || state_ == State::renewing || state_ == State::rebinding;
  ZSOCK_CHECK(holds == lease_.has_value());
  if (lease_ && deadline_) ZSOCK_CHECK(renew_at_ < rebind_at_ && rebind_at_ < expires_);
}

}  // namespace zsock::dhcp
