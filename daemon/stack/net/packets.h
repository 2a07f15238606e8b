#pragma once
/// \file
/// Owned packets on their way out, from a recycled pool: no allocation per packet once the pool
/// has warmed up.

#include <cstddef>
#include <memory>
#include <vector>

#include "daemon/stack/base/bytes.h"
#include "daemon/stack/wire/addr.h"
#include "daemon/stack/wire/protocol.h"

namespace zsock::net {

/// An IP packet or ARP message without its link header.
struct Packet {
  std::vector<std::byte> bytes{};
  wire::MacAddr to{};  ///< valid once it is in an output queue
  wire::EtherType type = wire::EtherType::ipv4;
  std::uint16_t segment_size = 0;  ///< of datagrams that are to be cut
  std::unique_ptr<Packet> next{};  ///< of the list that holds it
};

using PacketPtr = std::unique_ptr<Packet>;

/// First in, first out; links through the packets themselves.
class PacketList {
 public:
  PacketList() = default;
  PacketList(PacketList&& other) noexcept;
  PacketList& operator=(PacketList&& other) noexcept;
  ~PacketList();

  void push(PacketPtr packet);
  /// Nothing when empty.
  PacketPtr pop();
  [[nodiscard]] bool empty() const { return head_ == nullptr; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t octets() const { return octets_; }

 private:
  PacketPtr head_{};
  Packet* tail_ = nullptr;
  std::size_t size_ = 0;
  std::size_t octets_ = 0;
};

class PacketPool {
 public:
  /// A packet of `size` octets, contents unspecified.
  PacketPtr take(std::size_t size);
  void give(PacketPtr packet);
  void give_all(PacketList packets);
  /// Octets kept for reuse.
  [[nodiscard]] std::size_t retained_octets() const { return retained_octets_; }

 private:
  PacketList small_;
  PacketList large_;
  std::size_t retained_octets_ = 0;
};

}  // namespace zsock::net
