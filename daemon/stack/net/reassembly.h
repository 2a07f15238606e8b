#pragma once
/// \file
/// Puts the fragments of one family together again (RFC 791 3.2, RFC 815, RFC 8200 4.5), within
/// bounds of memory and time. Fragments that overlap spoil their datagram for good (RFC 5722).

#include <list>
#include <optional>
#include <unordered_map>
#include <vector>

#include "daemon/stack/base/counters.h"
#include "daemon/stack/base/rng.h"
#include "daemon/stack/base/time.h"
#include "daemon/stack/net/address_hash.h"
#include "daemon/stack/net/config.h"

namespace zsock::net {

struct FragmentKey {
  InterfaceId interface {};
  wire::IpAddress source{};
  wire::IpAddress destination{};
  std::uint32_t identification = 0;
  std::uint8_t protocol = 0;  ///< IPv4 only
  friend bool operator==(const FragmentKey&, const FragmentKey&) = default;
};

struct Fragment {
  FragmentKey key{};
  std::size_t offset = 0;  ///< octets into the datagram's payload
  bool more = false;
  bool to_group = false;  ///< came in a frame to a group
  std::uint8_t ecn = 0;   ///< the codepoint of its header (RFC 3168 5)
  ByteView header{};      ///< what stands before `payload` in the packet
  ByteView payload{};
};

class Reassembly {
 public:
  Reassembly(wire::Family family, const Config& config, Rng& rng, Counters& counters);

  struct Complete {
    MutableBytes bytes{};  ///< the first fragment's header, then the whole payload
    std::size_t header_size = 0;
    bool congestion_experienced = false;  ///< to be marked in the header (RFC 3168 5.3)
  };
  /// Takes one fragment; yields the datagram it completes. The bytes stay valid until the next
  /// call. REQUIRES: offset a multiple of 8; what follows it at most 65535 octets.
  std::optional<Complete> add(const Fragment& fragment, Instant now);

  struct Expired {
    InterfaceId interface {};
    bool to_group = false;
    ByteView first{};  ///< the first fragment as it came; empty: it never did
  };
  /// Drops the next datagram whose time is up; the bytes stay valid until the next call.
  std::optional<Expired> poll_expired(Instant now);
  [[nodiscard]] std::optional<Instant> next_deadline() const;

  [[nodiscard]] std::size_t octets() const { return octets_; }  ///< charged, overhead included
  [[nodiscard]] std::size_t datagrams() const { return index_.size(); }
  void check_invariants() const;

 private:
  struct Piece {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t position = 0;  ///< in Context::data
  };
  struct Context {
    FragmentKey key{};
    Instant deadline{};
    std::vector<Piece> pieces{};  ///< by position in the datagram, disjoint
    std::vector<std::byte> data{};
    std::vector<std::byte> first_header{};
    std::optional<std::size_t> total{};
    bool to_group = false;
    std::uint8_t codepoints = 0;  ///< of ECN, one bit for each
    bool spoiled = false;         ///< quarantined: swallows what is left of it until the deadline
    std::uint64_t last_arrival = 0;
    std::size_t charge = 0;
  };
  using Place = std::list<Context>::iterator;
  struct KeyHash {
    AddressHash hash{};
    std::size_t operator()(const FragmentKey& key) const;
  };
  /// What one sender has in here.
  struct Source {
    std::size_t octets = 0;
    std::uint64_t arrivals = 0;
    std::vector<Place> contexts{};  ///< oldest first
  };
  using Sources = std::unordered_map<ScopedAddress, Source, AddressHash>;

  static ScopedAddress source_key(const FragmentKey& key) { return {key.interface, key.source}; }
  Place open(const FragmentKey& key, Instant now);
  void remove(Place context);
  void spoil(Context& context);
  void charge(Context& context, std::size_t octets);
  void make_room(const FragmentKey& key, std::size_t octets);
  Place heaviest_of_oldest();
  enum class Fit : std::uint8_t { fits, duplicate, conflict };
  [[nodiscard]] static Fit fit(const Context& context, const Fragment& fragment);
  void store(Context& context, const Fragment& fragment);
  std::optional<Complete> complete(Place context);

  wire::Family family_;
  Config config_;
  Duration timeout_;
  Counters* counters_;
  std::list<Context> by_age_;  ///< oldest first
  std::unordered_map<FragmentKey, Place, KeyHash> index_;
  Sources sources_;
  std::size_t octets_ = 0;
  std::vector<std::byte> out_;  ///< what complete() and poll_expired() handed out
};

}  // namespace zsock::net
