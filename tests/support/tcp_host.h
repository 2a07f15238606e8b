#pragma once
/// \file
/// One tcp::Connection on a bench: segments in and out as Seg, an application with both rings, and
/// a clock that only the test moves. Checks the invariants after every step. Both sides' real
/// sequence numbers start just below 2^32, so that every test crosses the wrap.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/stack/tcp/connection.h"
#include "tests/support/wire_text.h"

namespace zsock::test {

using namespace std::chrono_literals;

class TcpHost {
 public:
  struct Setup {
    tcp::Config config{};
    tcp::SocketOptions options{};
    std::size_t receive_ring = 65536;
    std::size_t transmit_ring = 1U << 20U;
    std::uint16_t local_mss = 1460;
    std::uint16_t path_mss = 1460;
    std::uint32_t receive_limit = 0;
    std::uint32_t timestamp_offset = 0;
  };
  /// NewReno, and without timestamps, SACK, window scaling, quick ACKs: the tests that want them
  /// ask.
  static Setup plain();

  /// What the peer says in its SYN.
  struct Peer {
    std::uint16_t win = 65535;
    std::optional<std::uint16_t> mss = 1000;
    std::optional<std::uint8_t> ws{};
    std::optional<Ts> ts{};
    bool sack = false;
  };

  explicit TcpHost(const Setup& setup = plain());

  // --- Handshakes; afterwards both sides' next sequence number is 1 ------------------------------
  void opens();                      ///< active open; the SYN waits to be sent
  void establish(const Peer& peer);  ///< active open, SYN-ACK, ACK
  void establish() { establish(Peer{}); }
  void accepts(const tcp::HalfOpen& half_open);   ///< passive, in SYN-RECEIVED
  [[nodiscard]] tcp::HalfOpen half_open() const;  ///< a plain one, to be changed and accepted

  // --- The wire ----------------------------------------------------------------------------------
  void receives(const Seg& segment);
  /// The next segment, or kNothing. \param max_text  as Connection::poll_segment
  Seg sends(std::size_t max_text = 0);
  /// Everything the connection wants to send now.
  std::vector<Seg> sends_all(std::size_t max_text = 0);
  [[nodiscard]] tcp::Seq local(std::uint32_t relative) const { return iss_ + relative; }

  // --- The application ---------------------------------------------------------------------------
  void writes(std::string_view text);
  void writes(std::size_t octets);  ///< of a repeating pattern
  std::string reads(std::size_t most = ~std::size_t{0});
  /// Shut down, closed or failed: written text would be discarded.
  [[nodiscard]] bool writing_is_over() const { return written_ != connection_->transmit_tail(); }
  void shuts_down();
  void closes();
  void sets(const tcp::SocketOptions& options);
  tcp::SocketOptions& options() { return setup_->options; }

  // --- Time --------------------------------------------------------------------------------------
  /// Moves the clock; deadlines on the way are served, output is left to be pulled.
  void advance(Duration duration);
  /// A segment and when it went out, counted from the start of run().
  struct Sent {
    Duration at{};
    Seg segment{};
  };
  /// Moves the clock and pulls whatever the connection sends on the way.
  std::vector<Sent> run(Duration duration);
  /// From now to the next deadline; Duration::max() without one.
  [[nodiscard]] Duration until_deadline() const;
  [[nodiscard]] Instant now() const { return now_; }

  // --- What has become of it ---------------------------------------------------------------------
  [[nodiscard]] tcp::State state() const { return connection_->state(); }
  [[nodiscard]] tcp::ConnectionInfo info() const { return connection_->info(); }
  /// Events since the last call.
  std::uint32_t events() { return connection_->take_events(); }
  tcp::Connection& connection() { return *connection_; }
  [[nodiscard]] const Counters& counters() const { return *counters_; }

 private:
  void check();
  Seg describe(const tcp::SegmentOut& segment) const;

  std::unique_ptr<Setup> setup_;
  std::unique_ptr<Counters> counters_;
  std::vector<std::byte> receive_;
  std::vector<std::byte> transmit_;
  std::unique_ptr<tcp::Connection> connection_;
  Instant now_;
  tcp::Seq iss_;
  tcp::Seq irs_;
  std::uint64_t written_ = 0;
  std::uint64_t read_ = 0;
};

/// The octets that TcpHost::writes(n) writes, from stream position `begin`.
std::string pattern(std::uint64_t begin, std::size_t octets);

}  // namespace zsock::test
