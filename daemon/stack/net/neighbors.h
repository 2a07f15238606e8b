#pragma once
/// \file
/// One cache of link addresses for ARP and Neighbour Discovery, with the states of RFC 4861 7.3.2
/// for both. Sends nothing by itself: what is to be asked is pulled with poll_solicitation().

#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "daemon/stack/base/counters.h"
#include "daemon/stack/base/deadline_queue.h"
#include "daemon/stack/base/rng.h"
#include "daemon/stack/base/time.h"
#include "daemon/stack/net/address_hash.h"
#include "daemon/stack/net/config.h"
#include "daemon/stack/net/packets.h"
#include "daemon/stack/net/types.h"

namespace zsock::net {

enum class NeighborState : std::uint8_t { incomplete, reachable, stale, delay, probe };

/// A question to put on the wire.
struct Solicitation {
  ScopedAddress target{};
  wire::IpAddress source{};           ///< of the packet that prompted it
  std::optional<wire::MacAddr> to{};  ///< nothing: to everybody
};

/// What a neighbour says about itself.
struct Advertisement {
  std::optional<wire::MacAddr> mac{};
  bool solicited = false;       ///< it answers a question of ours
  bool override_entry = false;  ///< it may replace a known address
};

struct Undelivered {
  InterfaceId interface {};
  PacketPtr packet{};
};

class Neighbors {
 public:
  Neighbors(const Config& config, Rng& rng, Counters& counters, PacketPool& pool);

  /// The link address to send to now, or null while it is not known. Using a stale address starts
  /// its verification (RFC 4861 7.3.3). The pointer is valid until the next call.
  const wire::MacAddr* use(const ScopedAddress& next_hop, const wire::IpAddress& source,
                           Instant now);
  /// Starts resolution of an unknown neighbour; of a known one it does nothing.
  void resolve(const ScopedAddress& next_hop, const wire::IpAddress& source, Instant now);
  /// Lets a packet wait for the end of a resolution, which it starts if need be. The oldest waiting
  /// packets make room (RFC 1122 2.3.2.2).
  void wait(const ScopedAddress& next_hop, const wire::IpAddress& source, PacketPtr packet,
            Instant now);
  /// The upper layer saw forward progress (RFC 4861 7.3.1).
  void confirm(const ScopedAddress& next_hop, Instant now);

  /// RFC 4861 7.2.5 and ARP replies. Never creates an entry. Returns the packets that waited.
  PacketList advertised(const ScopedAddress& neighbor, const Advertisement& said, Instant now);
  enum class Create : std::uint8_t { no, yes };
  /// A neighbour showed its address while it asked something (RFC 4861 7.2.3, RFC 826). Returns the
  /// packets that waited.
  PacketList heard(const ScopedAddress& neighbor, const wire::MacAddr& mac, Create create,
                   Instant now);

  std::optional<Solicitation> poll_solicitation();
  std::optional<NeighborEvent> poll_event();
  /// A packet that waited for a resolution that has failed.
  std::optional<Undelivered> poll_undelivered();
  [[nodiscard]] std::optional<Instant> next_deadline() const;
  void on_deadline(Instant now);

  [[nodiscard]] std::optional<NeighborState> state(const ScopedAddress& neighbor,
                                                   Instant now) const;
  [[nodiscard]] std::size_t size() const { return index_.size(); }
  [[nodiscard]] std::size_t waiting_octets() const { return waiting_octets_; }
  void check_invariants() const;

 private:
  struct Entry {
    ScopedAddress key{};
    wire::IpAddress source{};
    wire::MacAddr mac{};
    NeighborState state = NeighborState::incomplete;
    bool occupied = false;
    std::uint32_t asked = 0;  ///< solicitations sent in this state
    Duration reachable_for{};
    Instant deadline{};                ///< reachable: end of it; incomplete, delay, probe: timer
    std::optional<Instant> pending{};  ///< earliest entry in the deadline queue; survives the entry
    Instant last_used{};
    PacketList waiting{};
  };
  struct Population {
    std::size_t total = 0;
    std::size_t incomplete = 0;
  };

  Entry* find(const ScopedAddress& key);
  Entry& create(const ScopedAddress& key, Instant now);
  void make_room(InterfaceId interface, NeighborState wanted);
  void start_incomplete(Entry& entry, const wire::IpAddress& source, Instant now);
  [[nodiscard]] std::optional<std::uint32_t> victim(InterfaceId interface,
                                                    bool (*eligible)(const Entry&)) const;
  void remove(std::uint32_t slot);
  void fail(std::uint32_t slot);
  void set_state(Entry& entry, NeighborState state);
  void become_reachable(Entry& entry, Instant now);
  PacketList learn(Entry& entry, const wire::MacAddr& mac);
  void arm(Entry& entry, Instant at);
  [[nodiscard]] static bool has_timer(const Entry& entry);
  void on_timer(std::uint32_t slot, Instant now);
  void ask(Entry& entry, Instant now);
  void tell(const ScopedAddress& key, bool reachable);
  Population& population(InterfaceId interface);

  Config config_;
  Rng* rng_;
  Counters* counters_;
  PacketPool* pool_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> free_;
  std::unordered_map<ScopedAddress, std::uint32_t, AddressHash> index_;
  std::uint32_t last_slot_ = 0;  ///< where the last use() ended: bulk traffic has one next hop
  std::vector<Population> populations_;
  DeadlineQueue deadlines_;  ///< ids are slots
  std::deque<Solicitation> solicitations_;
  std::deque<NeighborEvent> events_;
  std::deque<Undelivered> undelivered_;
  std::size_t waiting_octets_ = 0;
};

}  // namespace zsock::net
