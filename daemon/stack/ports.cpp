#include "daemon/stack/ports.h"

#include <algorithm>

#include "daemon/stack/wire/flow_bytes.h"

namespace zsock {
namespace {

/// Random part of an increment: large enough that a watcher of one port cannot tell the next,
/// small enough that a port returns late.
constexpr std::uint32_t kIncrementSpread = 64;
/// The offsets move to another place after so many choices, so that collisions in the table of
/// increments cannot be mapped by probing. A count, since the core has no clock here.
constexpr unsigned kChoicesPerKey = 4096;

std::uint64_t socket_key(Transport transport, SocketId socket) {
  return (std::uint64_t{socket.generation} << 33U) ^ (std::uint64_t{socket.index} << 1U) ^
         static_cast<std::uint64_t>(transport);
}

/// Could one packet be for either of the two?
bool overlap(const Binding& a, const Binding& b) {
  const wire::IpAddress first = a.local.address.unmapped();
  const wire::IpAddress second = b.local.address.unmapped();
  if (first.family() != second.family()) {
    const Binding& v6 = first.is_v6() ? a : b;
    return v6.local.address.is_unspecified() && !v6.v6_only;
  }
  if (first.is_unspecified() || second.is_unspecified()) return true;
  const bool scopes_differ =
      a.local.scope != 0 && b.local.scope != 0 && a.local.scope != b.local.scope;
  return first == second && !scopes_differ;
}

/// May `wanted` bind, or begin to listen, where `existing` is?
bool conflict(Transport transport, const Binding& wanted, const Binding& existing) {
  if (!overlap(wanted, existing)) return false;
  if (wanted.reuse_port && existing.reuse_port && wanted.user == existing.user) return false;
  const bool both_reuse = wanted.reuse_address && existing.reuse_address;
  return !both_reuse || (transport == Transport::tcp && existing.listening);
}

/// Are both of the same socket?
bool is_of(const Binding& a, const Binding& b) {
  return a.socket == b.socket && a.stack == b.stack;
}

bool alike(const Binding& a, const Binding& b) {
  return a.local.address == b.local.address && a.local.scope == b.local.scope &&
         a.reuse_address == b.reuse_address && a.reuse_port == b.reuse_port && a.user == b.user;
}

}  // namespace

Ports::Ports(const PortConfig& config, Rng& rng, PortTable* shared, unsigned stack)
    : config_(config),
      rng_(&rng),
      offset_key_(SipKey::draw(rng)),
      index_key_(SipKey::draw(rng)),
      increments_(config.increments),
      own_(shared == nullptr ? std::make_unique<PortTable>() : nullptr),
      table_(shared == nullptr ? own_.get() : shared),
      stack_(stack),
      holds_(0, tcp::FlowHash{SipKey::draw(rng)}) {
  ZSOCK_CHECK(config.first != 0 && config.first <= config.last);
  ZSOCK_CHECK(config.increments != 0 && (config.increments & (config.increments - 1)) == 0);
  for (std::uint16_t& increment : increments_) {
    increment = static_cast<std::uint16_t>(rng.next_u32() & 0xffffU);
  }
}

Ports::Key Ports::key_of(Transport transport, std::uint16_t port) {
  return (static_cast<Key>(transport) << 16U) | port;
}

Ports::Port* Ports::find(Key key) {
  const auto found = table_->ports_.find(key);
  return found == table_->ports_.end() ? nullptr : &found->second;
}

void Ports::erase_if_unused(Key key) {
  const auto found = table_->ports_.find(key);
  if (found == table_->ports_.end()) return;
  if (found->second.bound.empty() && found->second.held.empty()) table_->ports_.erase(found);
}

bool Ports::in_conflict(Transport transport, const Binding& wanted) const {
  const auto found = table_->ports_.find(key_of(transport, wanted.local.port));
  if (found == table_->ports_.end()) return false;
  const Port& port = found->second;
  return std::ranges::any_of(port.bound,
                             [&](const Binding& other) {
                               return !is_of(other, wanted) && conflict(transport, wanted, other);
                             }) ||
         std::ranges::any_of(port.held, [&](const Holders& holders) {
           return conflict(transport, wanted, holders.like);
         });
}

bool Ports::overlapped(Transport transport, const Binding& wanted) const {
  const auto found = table_->ports_.find(key_of(transport, wanted.local.port));
  if (found == table_->ports_.end()) return false;
  const Port& port = found->second;
  return std::ranges::any_of(port.bound,
                             [&](const Binding& other) { return overlap(wanted, other); }) ||
         std::ranges::any_of(port.held,
                             [&](const Holders& holders) { return overlap(wanted, holders.like); });
}

bool Ports::bound(Transport transport, std::uint16_t port) const {
  const auto found = table_->ports_.find(key_of(transport, port));
  return found != table_->ports_.end() && !found->second.bound.empty();
}

void Ports::add(Transport transport, const Binding& binding) {
  table_->ports_[key_of(transport, binding.local.port)].bound.push_back(binding);
  const bool fresh =
      port_of_.emplace(socket_key(transport, binding.socket), binding.local.port).second;
  ZSOCK_CHECK(fresh);
}

Status<SockError> Ports::bind(Transport transport, const Binding& binding) {
  ZSOCK_CHECK(binding.local.port != 0);
  const Turn turn(*table_);
  if (in_conflict(transport, binding)) return Err{SockError::address_in_use};
  add(transport, binding);
  return {};
}

Result<std::uint16_t, SockError> Ports::bind_any(Transport transport, Binding binding) {
  // RFC 6056 3.3.1 suggests a random start and then the next one up; a few fresh draws first keep
  // the port after a crowded stretch from being the likely one.
  constexpr unsigned kDraws = 16;
  const Turn turn(*table_);
  for (unsigned attempt = 0; attempt < kDraws; ++attempt) {
    binding.local.port = nth(rng_->below(range_size()));
    if (overlapped(transport, binding)) continue;
    add(transport, binding);
    return binding.local.port;
  }
  const unsigned start = rng_->below(range_size());
  for (unsigned attempt = 0; attempt < range_size(); ++attempt) {
    binding.local.port = nth(start + attempt);
    if (overlapped(transport, binding)) continue;
    add(transport, binding);
    return binding.local.port;
  }
  return Err{SockError::address_in_use};
}

Status<SockError> Ports::update(Transport transport, const Binding& binding) {
  const Turn turn(*table_);
  Port* port = find(key_of(transport, binding.local.port));
  if (port == nullptr) return {};
  const auto mine = std::ranges::find_if(
      port->bound, [&](const Binding& other) { return is_of(other, binding); });
  if (mine == port->bound.end()) return {};
  if (binding.listening && !mine->listening && in_conflict(transport, binding)) {
    return Err{SockError::address_in_use};
  }
  *mine = binding;
  return {};
}

void Ports::release(Transport transport, SocketId socket) {
  const auto found = port_of_.find(socket_key(transport, socket));
  if (found == port_of_.end()) return;
  const Turn turn(*table_);
  const Key key = key_of(transport, found->second);
  port_of_.erase(found);
  Port* port = find(key);
  ZSOCK_CHECK(port != nullptr);
  std::erase_if(port->bound, [&](const Binding& binding) {
    return binding.socket == socket && binding.stack == stack_;
  });
  erase_if_unused(key);
}

void Ports::hold(const wire::Flow& flow, const Binding& like) {
  Binding held = like;
  held.socket = {};
  held.local = flow.local;
  held.listening = false;
  if (!holds_.emplace(flow, held).second) return;
  const Turn turn(*table_);
  std::vector<Holders>& groups = table_->ports_[key_of(Transport::tcp, flow.local.port)].held;
  const auto same = std::ranges::find_if(
      groups, [&](const Holders& holders) { return alike(holders.like, held); });
  if (same == groups.end()) {
    groups.push_back({.like = held, .count = 1});
  } else {
    ++same->count;
  }
}

void Ports::drop(const wire::Flow& flow) {
  const auto found = holds_.find(flow);
  if (found == holds_.end()) return;
  const Turn turn(*table_);
  const Key key = key_of(Transport::tcp, flow.local.port);
  Port* port = find(key);
  ZSOCK_CHECK(port != nullptr);
  const auto same = std::ranges::find_if(
      port->held, [&](const Holders& holders) { return alike(holders.like, found->second); });
  ZSOCK_CHECK(same != port->held.end());
  if (--same->count == 0) port->held.erase(same);
  holds_.erase(found);
  erase_if_unused(key);
}

std::size_t Ports::increment_index(const wire::Flow& destination) const {
  return static_cast<std::size_t>(siphash(index_key_, wire::flow_bytes(destination).view())) &
         (increments_.size() - 1);
}

unsigned Ports::first_candidate(const wire::Flow& destination) const {
  const std::uint64_t offset = siphash(offset_key_, wire::flow_bytes(destination).view());
  return static_cast<unsigned>((offset + increments_[increment_index(destination)]) % range_size());
}

void Ports::chosen(const wire::Flow& destination, unsigned attempts) {
  std::uint16_t& increment = increments_[increment_index(destination)];
  increment =
      static_cast<std::uint16_t>((increment + attempts + rng_->below(kIncrementSpread)) & 0xffffU);
  if (++choices_ < kChoicesPerKey) return;
  choices_ = 0;
  offset_key_ = SipKey::draw(*rng_);
}

}  // namespace zsock
