#include "daemon/stack/net/reassembly.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace zsock::net {
namespace {

constexpr std::size_t kContextOctets = 256;  ///< charged for a datagram as such
constexpr std::size_t kPieceOctets = 32;     ///< charged for a fragment as such
/// IPv4 identifications repeat: a datagram whose sender has since sent this many fragments of
/// others will not be completed by the right ones (as Linux' ipfrag_max_dist).
constexpr std::uint64_t kMaxDistance = 64;
constexpr std::size_t kEvictionSample = 8;
// Bits of Context::codepoints.
constexpr unsigned kNotCapable = 1U << 0U;
constexpr unsigned kMarked = 1U << 3U;

std::size_t cost(const Fragment& fragment) {
  const std::size_t header = fragment.offset == 0 ? fragment.header.size() : 0;
  return fragment.payload.size() + header + kPieceOctets;
}

}  // namespace

Reassembly::Reassembly(wire::Family family, const Config& config, Rng& rng, Counters& counters)
    : family_(family),
      config_(config),
      timeout_(family == wire::Family::ipv4 ? config.ipv4_reassembly_timeout
                                            : config.ipv6_reassembly_timeout),
      counters_(&counters),
      index_(0, KeyHash{AddressHash::draw(rng)}),
      sources_(0, AddressHash::draw(rng)) {}

std::size_t Reassembly::KeyHash::operator()(const FragmentKey& key) const {
  const std::uint64_t numbers = (std::uint64_t{key.identification} << 8U) | key.protocol;
  return hash({key.interface, key.source}) ^
         static_cast<std::size_t>(mix_bits(hash({key.interface, key.destination}) + numbers));
}

std::optional<Reassembly::Complete> Reassembly::add(const Fragment& fragment, Instant now) {
  const bool aligned = !fragment.more || fragment.payload.size() % 8 == 0;
  if (fragment.payload.empty() || !aligned) {
    ++counters_->drop_fragment_malformed;
    return std::nullopt;
  }
  Place place = open(fragment.key, now);
  Source& source = sources_.at(source_key(fragment.key));
  place->last_arrival = ++source.arrivals;
  if (place->spoiled) {
    ++counters_->drop_fragment_overlap;
    return std::nullopt;
  }
  const Fit verdict = fit(*place, fragment);
  if (verdict == Fit::duplicate) return std::nullopt;
  if (verdict == Fit::conflict) {
    ++counters_->drop_fragment_overlap;
    spoil(*place);
    return std::nullopt;
  }
  if (place->pieces.size() >= config_.fragments_per_datagram) {
    ++counters_->drop_fragment_limit;
    spoil(*place);
    return std::nullopt;
  }
  make_room(fragment.key, cost(fragment));
  const auto still_there = index_.find(fragment.key);
  if (still_there == index_.end()) return std::nullopt;  // it was itself what had to go
  store(*place, fragment);
  return complete(place);
}

/// The datagram's context, a new one if need be.
Reassembly::Place Reassembly::open(const FragmentKey& key, Instant now) {
  const auto found = index_.find(key);
  if (found != index_.end()) {
    const Place place = found->second;
    const std::uint64_t distance = sources_.at(source_key(key)).arrivals - place->last_arrival;
    if (family_ == wire::Family::ipv6 || place->spoiled || distance <= kMaxDistance) return place;
    ++counters_->drop_fragment_limit;
    remove(place);
  }
  const auto known = sources_.find(source_key(key));
  if (known != sources_.end() &&
      known->second.contexts.size() >= config_.reassembly_datagrams_per_source) {
    ++counters_->drop_fragment_limit;
    remove(known->second.contexts.front());
  }
  make_room(key, kContextOctets);
  by_age_.push_back(Context{});
  const Place place = std::prev(by_age_.end());
  place->key = key;
  place->deadline = now + timeout_;
  index_.emplace(key, place);
  sources_[source_key(key)].contexts.push_back(place);
  charge(*place, kContextOctets);
  return place;
}

void Reassembly::charge(Context& context, std::size_t octets) {
  context.charge += octets;
  sources_.at(source_key(context.key)).octets += octets;
  octets_ += octets;
}

void Reassembly::remove(Place context) {
  const auto found = sources_.find(source_key(context->key));
  Source& source = found->second;
  source.octets -= context->charge;
  octets_ -= context->charge;
  std::erase(source.contexts, context);
  if (source.contexts.empty()) sources_.erase(found);
  index_.erase(context->key);
  by_age_.erase(context);
}

/// RFC 5722 4: what is there goes, and what is still to come as well.
void Reassembly::spoil(Context& context) {
  context.spoiled = true;
  std::vector<Piece>().swap(context.pieces);
  std::vector<std::byte>().swap(context.data);
  std::vector<std::byte>().swap(context.first_header);
  const std::size_t freed = context.charge - kContextOctets;
  context.charge = kContextOctets;
  sources_.at(source_key(context.key)).octets -= freed;
  octets_ -= freed;
}

/// A sender over its share loses its own oldest datagram; when all together are over, the heaviest
/// sender among the oldest does.
void Reassembly::make_room(const FragmentKey& key, std::size_t octets) {
  for (auto source = sources_.find(source_key(key));
       source != sources_.end() &&
       source->second.octets + octets > config_.reassembly_octets_per_source;
       source = sources_.find(source_key(key))) {
    ++counters_->drop_fragment_limit;
    remove(source->second.contexts.front());
  }
  while (!by_age_.empty() && octets_ + octets > config_.reassembly_octets) {
    ++counters_->drop_fragment_limit;
    remove(heaviest_of_oldest());
  }
}

Reassembly::Place Reassembly::heaviest_of_oldest() {
  Place best = by_age_.begin();
  std::size_t most = 0;
  std::size_t seen = 0;
  for (Place it = by_age_.begin(); it != by_age_.end() && seen < kEvictionSample; ++it, ++seen) {
    const std::size_t octets = sources_.at(source_key(it->key)).octets;
    if (octets > most) {
      most = octets;
      best = it;
    }
  }
  return best;
}

Reassembly::Fit Reassembly::fit(const Context& context, const Fragment& fragment) {
  const std::size_t begin = fragment.offset;
  const std::size_t end = begin + fragment.payload.size();
  const auto next =
      std::lower_bound(context.pieces.begin(), context.pieces.end(), begin,
                       [](const Piece& piece, std::size_t at) { return piece.begin < at; });
  if (next != context.pieces.end() && next->begin == begin && next->end == end) {
    const bool same_end = fragment.more == (context.total != end);
    const bool same_bytes =
        std::equal(fragment.payload.begin(), fragment.payload.end(),
                   context.data.begin() + static_cast<std::ptrdiff_t>(next->position));
    return same_end && same_bytes ? Fit::duplicate : Fit::conflict;
  }
  if (next != context.pieces.end() && next->begin < end) return Fit::conflict;
  if (next != context.pieces.begin() && std::prev(next)->end > begin) return Fit::conflict;
  if (context.total && (end > *context.total || !fragment.more)) return Fit::conflict;
  if (!fragment.more && !context.pieces.empty() && context.pieces.back().end > end) {
    return Fit::conflict;
  }
  return Fit::fits;
}

void Reassembly::store(Context& context, const Fragment& fragment) {
  const Piece piece{.begin = fragment.offset,
                    .end = fragment.offset + fragment.payload.size(),
                    .position = context.data.size()};
  const auto place =
      std::lower_bound(context.pieces.begin(), context.pieces.end(), piece.begin,
                       [](const Piece& other, std::size_t at) { return other.begin < at; });
  context.pieces.insert(place, piece);
  context.data.insert(context.data.end(), fragment.payload.begin(), fragment.payload.end());
  if (fragment.offset == 0) {
    context.to_group = fragment.to_group || fragment.key.destination.is_multicast();
    context.first_header.assign(fragment.header.begin(), fragment.header.end());
  }
  if (!fragment.more) context.total = piece.end;
  context.codepoints |= static_cast<std::uint8_t>(1U << (fragment.ecn & 3U));
  charge(context, cost(fragment));
}

std::optional<Reassembly::Complete> Reassembly::complete(Place context) {
  // The pieces are disjoint and none lies beyond the total: they fill it when they add up to it.
  if (!context->total || context->data.size() != *context->total) return std::nullopt;
  const std::size_t header_size = context->first_header.size();
  out_.resize(header_size + *context->total);
  const MutableBytes out(out_);
  copy_bytes(out, context->first_header);
  for (const Piece& piece : context->pieces) {
    copy_bytes(out.subspan(header_size + piece.begin),
               ByteView(context->data).subspan(piece.position, piece.end - piece.begin));
  }
  // RFC 3168 5.3: a mark on one fragment marks the whole, or drops what is not ECN-capable.
  const bool marked = (context->codepoints & kMarked) != 0;
  const bool mixed = marked && (context->codepoints & kNotCapable) != 0;
  remove(context);
  if (mixed) {
    ++counters_->drop_fragment_ecn;
    return std::nullopt;
  }
  return Complete{.bytes = out, .header_size = header_size, .congestion_experienced = marked};
}

std::optional<Reassembly::Expired> Reassembly::poll_expired(Instant now) {
  if (by_age_.empty() || by_age_.front().deadline > now) return std::nullopt;
  Context& context = by_age_.front();
  out_.clear();
  if (!context.pieces.empty() && context.pieces.front().begin == 0) {
    const Piece& piece = context.pieces.front();
    out_.assign(context.first_header.begin(), context.first_header.end());
    const ByteView first = ByteView(context.data).subspan(piece.position, piece.end - piece.begin);
    out_.insert(out_.end(), first.begin(), first.end());
  }
  const InterfaceId interface = context.key.interface;
  const bool to_group = context.to_group;
  if (!context.spoiled) ++counters_->drop_fragment_timeout;
  remove(by_age_.begin());
  return Expired{.interface = interface, .to_group = to_group, .first = out_};
}

std::optional<Instant> Reassembly::next_deadline() const {
  if (by_age_.empty()) return std::nullopt;
  return by_age_.front().deadline;
}

void Reassembly::check_invariants() const {
  std::size_t charged = 0;
  for (const Context& context : by_age_) {
    charged += context.charge;
    ZSOCK_CHECK(context.pieces.size() <= config_.fragments_per_datagram);
    std::size_t end = 0;
    for (const Piece& piece : context.pieces) {
      ZSOCK_CHECK(piece.begin >= end && piece.end > piece.begin);
      end = piece.end;
    }
  }
  ZSOCK_CHECK(charged == octets_ && by_age_.size() == index_.size());
  ZSOCK_CHECK(octets_ <= config_.reassembly_octets);
}

}  // namespace zsock::net
