#pragma once
/// \file
/// Runs a script of packets against a Stack in virtual time: calls and the peer's segments go in,
/// what the stack sends is compared in content, order and time.

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/apps.h"
#include "tests/support/packet_script.h"
#include "tests/support/packet_wire.h"

namespace zsock::test {

class PacketRunner {
 public:
  explicit PacketRunner(const StackConfig& config, std::uint16_t mtu, const RingSizes& rings,
                        bool peer_present);

  struct Failure {
    int line = 0;
    std::string text{};
  };
  std::optional<Failure> run(const std::vector<Event>& events);
  /// Everything that has happened, one line each.
  [[nodiscard]] std::string history() const;

 private:
  struct Descriptor {
    TcpApp* tcp = nullptr;
    UdpApp* udp = nullptr;
    SocketId id{};
    std::uint64_t written = 0;
    std::uint64_t read = 0;
  };
  struct LogEntry {
    Instant at{};
    std::string text{};
    std::optional<Sent> sent{};
  };
  using Arguments = std::vector<std::string>;
  using CallFunction = std::string (PacketRunner::*)(const Call&);

  // --- Time --------------------------------------------------------------------------------------
  void advance(Instant to);
  void step();
  void pump();
  bool pull_frames();
  void answer_arp(ByteView frame);
  void handle(const SocketEvent& event);

  // --- Events; an empty string: as expected ------------------------------------------------------
  std::string perform(const Event& event);
  std::string perform_call(const Call& call);
  std::string send(const PacketText& packet);
  std::string expect_packet(const Event& event, const PacketText& packet);
  std::string unexpected();
  std::string check_claim(const Claim& claim);
  std::string check_word(const Descriptor& at, const std::string& word,
                         const std::string& argument);
  std::string check_info(const Descriptor& at, const std::string& field, const std::string& value);

  // --- Calls: their result as the script writes it -----------------------------------------------
  std::string call_socket(const Call& call);
  std::string call_bind(const Call& call);
  std::string call_listen(const Call& call);
  std::string call_accept(const Call& call);
  std::string call_connect(const Call& call);
  std::string call_write(const Call& call);
  std::string call_read(const Call& call);
  std::string call_send(const Call& call);
  std::string call_sendto(const Call& call);
  std::string call_setsockopt(const Call& call);
  std::string call_getsockopt(const Call& call);
  std::string call_shutdown(const Call& call);
  std::string call_close(const Call& call);
  std::string read_stream(Descriptor& from, std::size_t most);
  std::string read_datagram(Descriptor& from);

  Descriptor* descriptor(const Call& call);
  void offer_rings();
  Names names_of(const PacketText& packet, bool incoming) const;
  Numbering& numbering(const Names& names) {
    Numbering& found = numberings_[names];
    found.cookie = &cookie_;
    return found;
  }
  [[nodiscard]] Names key_of(const Sent& sent) const;
  [[nodiscard]] World world() { return {&stack_, &now_}; }

  Instant now_{std::chrono::hours{1}};
  Instant start_ = now_;
  Instant base_ = now_;  ///< time of the last event
  RingSizes ring_sizes_;
  bool peer_present_;
  SeededRng rng_{7};
  Stack stack_;
  InterfaceId interface_{};
  Owner last_owner_ = 0;
  std::map<Owner, std::unique_ptr<TcpApp>> tcp_{};
  std::map<Owner, std::unique_ptr<UdpApp>> udp_{};
  std::map<int, Descriptor> descriptors_{};
  std::vector<SocketId> listeners_{};
  std::map<Names, Numbering> numberings_{};
  wire::FastOpenCookie cookie_{};
  Names current_{{kScriptLocal, 0, 0}, {kScriptPeer, 50000, 0}};
  std::deque<Sent> sent_{};
  std::vector<LogEntry> log_{};
};

/// Settings to a runner and the whole script through it; empty: passed. \param file  for messages
std::string run_script(const std::string& file, std::string_view text);

}  // namespace zsock::test
