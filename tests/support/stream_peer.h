#pragma once
/// \file
/// An application that writes a known stream in random pieces, reads the other's in random pieces,
/// stops for a while now and then, and knows whether what it has read is right.

#include "tests/support/two_hosts.h"

namespace zsock::test {

/// The octet at one position of the stream with that seed.
[[nodiscard]] std::byte stream_octet(std::uint64_t seed, std::uint64_t position);

struct StreamPlan {
  std::uint64_t seed = 1;       ///< of what is written, and of the choices
  std::uint64_t peer_seed = 2;  ///< of what is read
  std::uint64_t octets = 0;     ///< to write, then the end of the stream
  std::uint32_t piece = 4096;   ///< largest write and read
  unsigned stall_percent = 0;   ///< of turns after which it does nothing for a while
  Duration stall{};             ///< longest of those
};

class StreamPeer {
 public:
  StreamPeer(TwoHosts& hosts, TcpApp& app, const StreamPlan& plan);

  /// Called after every event.
  void act();
  [[nodiscard]] std::uint64_t written() const { return written_; }
  [[nodiscard]] std::uint64_t read() const { return read_; }
  [[nodiscard]] bool wrote_all() const { return finished_writing_; }
  [[nodiscard]] bool at_end() const { return at_end_; }
  [[nodiscard]] bool done() const { return finished_writing_ && at_end_; }
  /// Everything read so far was right.
  [[nodiscard]] bool intact() const { return intact_; }

 private:
  void write_piece();
  void read_piece();
  [[nodiscard]] Duration next_pause();

  TwoHosts* hosts_;
  TcpApp* app_;
  StreamPlan plan_;
  SeededRng rng_;
  std::vector<std::byte> buffer_;
  Instant paused_until_{Instant::min()};
  std::uint64_t written_ = 0;
  std::uint64_t read_ = 0;
  bool finished_writing_ = false;
  bool at_end_ = false;
  bool intact_ = true;
};

}  // namespace zsock::test
