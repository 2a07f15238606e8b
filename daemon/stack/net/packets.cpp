#include "daemon/stack/net/packets.h"

#include <utility>

namespace zsock::net {
namespace {

constexpr std::size_t kSmallOctets = 2048;          ///< a packet of the usual MTU
constexpr std::size_t kRetainedOctets = 4U << 20U;  ///< more than that goes back to the heap

}  // namespace

PacketList::PacketList(PacketList&& other) noexcept
    : head_(std::move(other.head_)),
      tail_(std::exchange(other.tail_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      octets_(std::exchange(other.octets_, 0)) {}

PacketList& PacketList::operator=(PacketList&& other) noexcept {
  if (this == &other) return *this;
  while (!empty()) pop();
  head_ = std::move(other.head_);
  tail_ = std::exchange(other.tail_, nullptr);
  size_ = std::exchange(other.size_, 0);
  octets_ = std::exchange(other.octets_, 0);
  return *this;
}

PacketList::~PacketList() {
  while (!empty()) pop();  // one by one: the links would recurse
}

void PacketList::push(PacketPtr packet) {
  Packet* raw = packet.get();
  ++size_;
  octets_ += raw->bytes.size();
  if (tail_ == nullptr) {
    head_ = std::move(packet);
  } else {
    tail_->next = std::move(packet);
  }
  tail_ = raw;
}

PacketPtr PacketList::pop() {
  if (head_ == nullptr) return nullptr;
  PacketPtr packet = std::move(head_);
  head_ = std::move(packet->next);
  if (head_ == nullptr) tail_ = nullptr;
  --size_;
  octets_ -= packet->bytes.size();
  return packet;
}

PacketPtr PacketPool::take(std::size_t size) {
  PacketList& list = size <= kSmallOctets ? small_ : large_;
  PacketPtr packet = list.pop();
  if (packet == nullptr) {
    packet = std::make_unique<Packet>();
    packet->bytes.reserve(size <= kSmallOctets ? kSmallOctets : size);
  } else {
    retained_octets_ -= packet->bytes.capacity();
  }
  packet->bytes.resize(size);
  packet->to = {};
  packet->segment_size = 0;
  return packet;
}

void PacketPool::give(PacketPtr packet) {
  const std::size_t capacity = packet->bytes.capacity();
  if (retained_octets_ + capacity > kRetainedOctets) return;
  retained_octets_ += capacity;
  (capacity <= kSmallOctets ? small_ : large_).push(std::move(packet));
}

void PacketPool::give_all(PacketList packets) {
  while (!packets.empty()) give(packets.pop());
}

}  // namespace zsock::net
