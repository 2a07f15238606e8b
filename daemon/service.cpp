#include "daemon/service.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>

#include "daemon/report.h"

namespace zsock::host {
namespace {

/// A client that has nothing to do with zsockd for so long is not at work.
constexpr Duration kAtWork = std::chrono::milliseconds{2};
constexpr Duration kReaping = std::chrono::seconds{1};
constexpr std::uint32_t kDoorbell = 0xffffffffU;  ///< in place of a slot
static_assert(kDoorbell >= ipc::kSlots);

bool same(const ipc::ArenaTicket& a, const ipc::ArenaTicket& b) {
  return ((a.arena ^ b.arena) | (a.secret[0] ^ b.secret[0]) | (a.secret[1] ^ b.secret[1])) == 0;
}

}  // namespace

Service::Service(const Config& config, Rng& rng, Shard* shard)
    : config_(&config),
      rng_(&rng),
      shard_(shard),
      stack_(config.stack, rng, shard),
      own_quota_(shard == nullptr ? std::make_unique<Quota>(config.host.quota) : nullptr),
      quota_(shard == nullptr ? own_quota_.get() : &shard->board().quota),
      sockets_(context()),
      flow_(context(), sockets_),
      acceptor_(context(), sockets_, flow_),
      connector_(context(), sockets_, flow_),
      interface_watch_(stack_) {}

// --- Clients -----------------------------------------------------------------------------------

Result<ClientId, SockError> Service::make_client(const Credentials& who,
                                                 const std::optional<ipc::ArenaTicket>& ticket) {
  if (!quota_->charge(who.user, Resource::memory, Arena::kOctets)) {
    return Err{SockError::no_buffers};
  }
  // After 2^32 of them it begins anew; 0 is the loop's.
  do {
    ++last_id_;
  } while (last_id_ == 0 || clients_.contains(last_id_));
  const ClientId id = last_id_;
  const ipc::ArenaTicket fresh{id, {rng_->next_u64(), rng_->next_u64()}};
  auto arena = Arena::create(ticket.value_or(fresh), config_->host.spin);
  if (!arena ||
      !watch_.add_doorbell(arena->doorbell_fd(), (static_cast<Owner>(id) << 32U) | kDoorbell)) {
    quota_->give_back(who.user, Resource::memory, Arena::kOctets);
    return Err{SockError::too_many_files};
  }
  auto client = std::make_unique<Client>(id, who, std::move(*arena), *quota_);
  client->sessions = 1;
  if (shard_ != nullptr) client->arena.status_page().shard = shard_->number();
  client->arena.status_page().sleeping.publish_ordered(1);
  clients_.emplace(id, std::move(client));
  return id;
}

Result<ClientId, SockError> Service::join(const ipc::ArenaTicket& ticket, const Credentials& who) {
  Client* client = find(ticket, who.user);
  if (client == nullptr) return Err{SockError::access_denied};
  return join(*client);
}

Client* Service::find(const ipc::ArenaTicket& ticket, uid_t user) {
  for (const auto& [id, client] : clients_) {
    if (!client->cut_off && client->credentials.user == user &&
        same(client->arena.ticket(), ticket)) {
      return client.get();
    }
  }
  return nullptr;
}

void Service::take_listener(ListenerMail& mail) {
  Client* client = find(mail.ticket, mail.who.user);
  if (client == nullptr) {
    const auto made = make_client(mail.who, mail.ticket);
    client = made ? find(*made) : nullptr;
    if (client != nullptr) client->sessions = 0;  // its process may yet come
  }
  if (client == nullptr || !acceptor_.mirror(*client, mail)) {
    log_warn("no room for a listener of user " + std::to_string(mail.who.user) + " in shard " +
             std::to_string(shard_->number()));
  }
  if (client != nullptr) leaving_.push_back(client->id);
}

ClientId Service::join(Client& client) {
  ++client.sessions;
  return client.id;
}

void Service::leave(ClientId id) {
  const auto found = clients_.find(id);
  if (found == clients_.end()) return;
  --found->second->sessions;
  leaving_.push_back(id);
}

Client* Service::find(ClientId id) {
  const auto found = clients_.find(id);
  if (found == clients_.end() || found->second->cut_off) return nullptr;
  return found->second.get();
}

void Service::cut_off(Client& client, const char* why, Instant now) {
  if (client.cut_off) return;
  client.cut_off = true;
  interface_watch_.forget(client.id);
  ++cut_offs_;
  log_warn("client " + std::to_string(client.credentials.process) + " of user " +
           std::to_string(client.credentials.user) + " is cut off: " + why);
  sockets_.abandon_all(client, now);
  leaving_.push_back(client.id);
}

void Service::abort_all(Instant now) {
  for (auto& [id, client] : clients_) sockets_.abandon_all(*client, now);
}

void Service::bury_clients(Instant now) {
  for (const ClientId id : std::exchange(leaving_, {})) {
    const auto found = clients_.find(id);
    if (found == clients_.end()) continue;
    Client& client = *found->second;
    sockets_.sweep(client, now);
    if (client.sessions != 0 || client.socket_count != 0) continue;
    quota_->give_back(client.credentials.user, Resource::memory, Arena::kOctets);
    std::erase(awake_, id);
    interface_watch_.forget(id);
    clients_.erase(found);
  }
}

// --- Signals -----------------------------------------------------------------------------------

bool Service::gather_signals(Duration longest) {
  std::array<WatchSet::Event, 64> events;  // NOLINT: filled up to count
  const std::size_t count = watch_.take(events, longest);
  for (std::size_t i = 0; i < count; ++i) {
    if (client_of(events[i].key) == 0) {
      own_.push_back(events[i].key);
    } else {
      signals_.push_back(events[i]);
    }
  }
  return count == events.size();
}

void Service::take_signals(Instant now) {
  served_ += signals_.size();
  for (const WatchSet::Event& event : signals_) on_signal(event, now);
  signals_.clear();
}

void Service::catch_up(Instant now) {
  gather_signals();
  take_signals(now);
}

void Service::on_signal(const WatchSet::Event& event, Instant now) {
  Client* client = find(client_of(event.key));
  if (client == nullptr) return;
  if (slot_of(event.key) == kDoorbell) {
    wake(*client, now);
    return;
  }
  Socket* socket = client->find(slot_of(event.key));
  if (socket == nullptr || socket->phase != Phase::open) return;
  if (socket->streaming) {
    flow_.stream_mode().note(*client, *socket, event.signal);
    touch(*client, *socket);
    return;
  }
  if (flow_.take_all_indices(*client, *socket, now) == Verdict::violation) {
    cut_off(*client, "an index contradicts its ring", now);
  } else if (event.signal == WatchSet::Signal::closed) {
    sockets_.hang_up(*client, *socket, now);
    leaving_.push_back(client->id);
  } else if (!socket->listening) {
    static_cast<void>(stack_.shutdown(socket->id, Stack::Shutdown::transmit, now));
  }
}

void Service::wake(Client& client, Instant now) {
  client.busy_at = now;
  if (client.awake) return;
  client.awake = true;
  client.arena.status_page().sleeping.publish_ordered(0);
  show_limit(client);
  awake_.push_back(client.id);
}

/// Clients that are not at work need not be looked at, nor counted: they ring.
void Service::rest_idle(Instant now) {
  if (now - idle_checked_ < kAtWork) return;
  idle_checked_ = now;
  std::erase_if(awake_, [&](ClientId id) {
    Client& client = *clients_.at(id);
    if (now - client.busy_at < kAtWork || !client.dirty.empty()) return false;
    client.arena.status_page().sleeping.publish_ordered(1);
    client.awake = DirtySet::marked(client.arena.data_page());
    if (client.awake) client.arena.status_page().sleeping.publish_ordered(0);
    return !client.awake;
  });
}

void Service::limit_looking() {
  const bool crowded = awake_.size() > lookers_;
  if (std::exchange(crowded_, crowded) == crowded) return;
  for (const ClientId id : awake_) show_limit(*clients_.at(id));
}

void Service::show_limit(Client& client) const {
  const auto limit = crowded_ ? std::chrono::nanoseconds{} : config_->host.spin;
  client.arena.status_page().spin_limit.publish(
      static_cast<std::uint32_t>(std::chrono::nanoseconds{limit}.count()));
}

// --- Events ------------------------------------------------------------------------------------

void Service::take_events(Instant now) {
  while (const auto event = stack_.poll_event()) on_event(*event, now);
}

void Service::on_event(const SocketEvent& event, Instant now) {
  const auto found = clients_.find(client_of(event.owner));
  if (found == clients_.end()) return;
  Client& client = *found->second;
  Socket* socket = client.find(slot_of(event.owner));
  if (socket == nullptr) return;
  if (event.released) {
    sockets_.released(client, *socket);
    leaving_.push_back(client.id);
    feed_listeners(client, now);
  } else if (event.violation) {
    cut_off(client, "the stack has found a contradiction in its rings", now);
  } else {
    if (event.acceptable && acceptor_.serve(client, *socket, now) == Verdict::violation) {
      cut_off(client, "it has accepted more than was delivered", now);
      return;
    }
    touch(client, *socket);
  }
}

/// Rings or slots have become free.
void Service::feed_listeners(Client& client, Instant now) {
  if (!std::exchange(client.starved_listener, false)) return;
  for (const auto& socket : client.sockets) {
    if (socket && socket->listening) {
      static_cast<void>(acceptor_.serve(client, *socket, now));
    }
  }
}

void Service::touch(Client& client, Socket& socket) {
  if (std::exchange(socket.touched, true)) return;
  touched_.push_back(client.owner(socket.slot));
}

// --- Clients' marks ----------------------------------------------------------------------------

void Service::serve_clients(Instant now) {
  // Round robin: everybody gets one budget; who comes first changes from turn to turn.
  if (awake_.size() > 1) std::rotate(awake_.begin(), awake_.begin() + 1, awake_.end());
  for (std::size_t i = 0; i < awake_.size(); ++i) {
    Client* client = find(awake_[i]);
    if (client != nullptr && !serve(*client, now)) {
      cut_off(*client, "an index contradicts its ring", now);
    }
  }
}

bool Service::serve(Client& client, Instant now) {
  client.dirty.gather(client.arena.data_page());
  open_mail(now);  // what others did before the marks were set
  std::size_t octets = config_->host.turn_octets;
  for (std::size_t i = 0; i < config_->host.turn_sockets && octets != 0; ++i) {
    const auto slot = client.dirty.next();
    if (!slot) break;
    ++served_;
    client.busy_at = now;
    Socket* socket = client.find(*slot);
    if (socket == nullptr || !socket->is_known()) continue;
    if (!serve_slot(client, *socket, octets, now)) return false;
  }
  return true;
}

bool Service::serve_slot(Client& client, Socket& socket, std::size_t& octets, Instant now) {
  const bool told = connector_.serve(client, socket, now);
  if (socket.phase != Phase::open) return true;
  if (told && socket.listening) acceptor_.show_others(client, socket, Acceptor::Occasion::changed);
  if (socket.listening) return acceptor_.serve(client, socket, now) != Verdict::violation;
  const Verdict verdict = flow_.take_indices(client, socket, octets, now);
  if (verdict == Verdict::violation) return false;
  if (verdict == Verdict::more) client.dirty.add(socket.slot);
  flow_.answer_wishes(client, socket);
  return true;
}

// --- Showing -----------------------------------------------------------------------------------

void Service::publish(Instant now) {
  for (const Owner owner : std::exchange(touched_, {})) {
    Client* client = find(client_of(owner));
    Socket* socket = client == nullptr ? nullptr : client->find(slot_of(owner));
    if (socket == nullptr) continue;
    socket->touched = false;
    flow_.publish(*client, *socket, now);
    wake(*client, now);
    std::size_t octets = config_->host.turn_octets;
    const Verdict verdict = flow_.take_indices(*client, *socket, octets, now);
    if (verdict == Verdict::violation) cut_off(*client, "an index contradicts its ring", now);
    if (verdict == Verdict::more) client->dirty.add(socket->slot);
  }
  settle_tokens(Flow::Patience::some, now);
  interface_watch_.look_now_and_then(now);
  reap_detached(now);
  rest_idle(now);
  limit_looking();
  bury_clients(now);
}

/// Sockets whose last holder has ended without a word: nothing else tells of them.
void Service::reap_detached(Instant now) {
  if (now - reaped_ < kReaping) return;
  reaped_ = now;
  const bool any = std::ranges::any_of(
      clients_, [](const auto& entry) { return !entry.second->detached.empty(); });
  if (!any) return;
  const auto held = sockets_.held();
  for (auto& [id, client] : clients_) sockets_.reap(*client, held, now);
}

void Service::settle_tokens(Flow::Patience patience, Instant now) {
  std::erase_if(flow_.owed(), [&](Owner owner) {
    const auto found = clients_.find(client_of(owner));
    Socket* socket = found == clients_.end() ? nullptr : found->second->find(slot_of(owner));
    if (socket == nullptr || !socket->owed_token) return true;
    return flow_.settle(*found->second, *socket, patience, now);
  });
}

std::string Service::counters_report() const {
  std::string text = counters_text(stack_.counters());
  if (shard_ == nullptr) return text;
  text += "shard_frames_passed_on " + std::to_string(shard_->passed_on()) + "\n";
  return text + "drop_shard_mailbox_full " + std::to_string(shard_->dropped()) + "\n";
}

bool Service::busy() const {
  if (!touched_.empty()) return true;
  return std::ranges::any_of(awake_, [this](ClientId id) {
    const auto found = clients_.find(id);
    return found != clients_.end() && !found->second->cut_off && !found->second->dirty.empty();
  });
}

bool Service::fall_asleep(Instant now) {
  settle_tokens(Flow::Patience::none, now);
  interface_watch_.look();
  for (const ClientId id : awake_) {
    clients_.at(id)->arena.status_page().sleeping.publish_ordered(1);
  }
  // Whoever marks something from here on rings; who did before is seen here.
  for (const ClientId id : awake_) {
    Client& client = *clients_.at(id);
    if (client.cut_off || !DirtySet::marked(client.arena.data_page())) continue;
    for (const ClientId up : awake_) {
      clients_.at(up)->arena.status_page().sleeping.publish_ordered(0);
    }
    return false;
  }
  for (const ClientId id : awake_) clients_.at(id)->awake = false;
  awake_.clear();
  crowded_ = false;  // whoever wakes is shown so
  return true;
}

}  // namespace zsock::host
