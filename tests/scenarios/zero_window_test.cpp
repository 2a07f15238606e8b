// A reader that does not read (RFC 9293 3.8.6).

#include "tests/support/pair.h"

namespace zsock::test {
namespace {

using namespace std::chrono_literals;

class ZeroWindowScenario : public ConnectedPair {
 protected:
  static constexpr std::size_t kReceiveRing = 1U << 12U;
  static constexpr std::size_t kOctets = 20000;

  void SetUp() override {
    TwoHostsOptions options = plain_options();
    options.right.rings.receive = kReceiveRing;
    start(options);
    ASSERT_TRUE(write(*client_, 1, kOctets));
    // The window is told in units of 256 octets; less than one of them looks like none.
    ASSERT_TRUE(run_until([&] { return server_->readable() > kReceiveRing - 256; }, 5s));
  }
  /// Reads stream 1 to the end; true when it is whole.
  bool read_whole(Duration limit) {
    std::uint64_t position = 0;
    bool intact = true;
    std::vector<std::byte> buffer(1000);
    run_until(
        [&] {
          while (const std::size_t size = server_->read(buffer)) {
            for (std::size_t i = 0; i < size; ++i) {
              intact = intact && buffer[i] == stream_octet(1, position + i);
            }
            position += size;
          }
          return position == kOctets;
        },
        limit);
    return intact && position == kOctets;
  }
};

// RFC 9293 3.8.6.2.2: an opening window is told at once, not at the next probe.
TEST_F(ZeroWindowScenario, ReadingLetsTheStreamGoOn) {
  hosts_->run_for(60s);
  EXPECT_GT(server_->readable(), kReceiveRing - 256);
  EXPECT_TRUE(read_whole(2s));
}

// RFC 9293 3.8.6.1: MUST-36, MUST-37: the window update was lost; a probe finds it out.
TEST_F(ZeroWindowScenario, LostWindowUpdateIsFoundByAProbe) {
  hosts_->run_for(3s);
  hosts_->link().cut();
  std::vector<std::byte> buffer(kReceiveRing);
  ASSERT_GT(server_->read(buffer), kReceiveRing - 256);
  hosts_->run_for(1s);
  hosts_->link().heal();
  ASSERT_TRUE(run_until([&] { return server_->readable() != 0; }, 130s));
}

// RFC 9293 3.8.6.1: MUST-37: as long as probes are answered the connection lives.
TEST_F(ZeroWindowScenario, LastsForADay) {
  const std::uint64_t before = hosts_->link().frames();
  hosts_->run_for(24h);
  EXPECT_FALSE(client_->status().failed);
  EXPECT_LT(hosts_->link().frames() - before, 5000U) << "probes back off";
  EXPECT_TRUE(read_whole(5s));
}

// RFC 9293 3.8.6.2: MUST-38, MUST-39: a reader of single octets does not make tiny segments.
TEST_F(ZeroWindowScenario, SlowReaderDoesNotCauseSillyWindows) {
  std::vector<std::byte> octet(1);
  const std::uint64_t before = hosts_->link().frames();
  std::size_t read = 0;
  while (read < kOctets - 1) {
    ASSERT_EQ(server_->read(octet), 1U) << read;
    ++read;
    hosts_->run_for(read % 64 == 0 ? Duration{30000} : Duration{10});
    if (server_->readable() == 0) run_until([&] { return server_->readable() != 0; }, 10s);
  }
  EXPECT_LT(hosts_->link().frames() - before, 120U);
}

}  // namespace
}  // namespace zsock::test
