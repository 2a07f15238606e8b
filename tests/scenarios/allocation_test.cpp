// A stream in its steady state costs the stack no heap allocation per segment.

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "tests/support/apps.h"
#include "tests/support/two_hosts.h"

namespace {

std::size_t allocations = 0;

void* allocate(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size != 0 ? size : 1)) return memory;
  std::abort();
}

}  // namespace

void* operator new(std::size_t size) {
  return allocate(size);
}
void* operator new[](std::size_t size) {
  return allocate(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace zsock::test {
namespace {

using namespace std::chrono_literals;

/// Two stacks joined by a loop that allocates nothing itself; frames arrive at once.
class AllocationScenario : public testing::Test {
 protected:
  static HostOptions options() {
    HostOptions result = quick_host();
    result.rings = {.receive = 1U << 18U, .transmit = 1U << 18U};
    return result;
  }
  void carry_from(Host& from, Host& to) {
    TxFrame frame;
    while (from.stack().poll_transmit(from.interface(), frame, now_)) {
      copy_bytes(packet_, frame.header_bytes());
      std::size_t size = frame.header_size;
      for (std::size_t part = 0; part < frame.payload_parts; ++part) {
        copy_bytes(MutableBytes{packet_}.subspan(size), frame.payload[part]);
        size += frame.payload[part].size();
      }
      ++frames_;
      to.stack().receive(to.interface(),
                         {.bytes = ByteView{packet_}.first(size), .checksum_verified = true}, now_);
      to.handle_events();
    }
    from.handle_events();
  }
  void turn() {
    now_ += 100us;
    for (Host* host : {&left_, &right_}) {
      const auto deadline = host->stack().next_deadline();
      if (deadline && *deadline <= now_) host->stack().on_deadline(now_);
    }
    carry_from(left_, right_);
    carry_from(right_, left_);
  }
  /// Streams that many octets to the right.
  void stream(std::uint64_t octets) {
    std::uint64_t read = 0;
    for (int turns = 0; read < octets && turns < 1000000; ++turns) {
      client_->write(chunk_);
      turn();
      while (const std::size_t size = server_->read(buffer_)) read += size;
    }
    ASSERT_GE(read, octets);
  }

  Instant now_{std::chrono::hours{1}};
  Host left_{Side::left, options(), 1, now_};
  Host right_{Side::right, options(), 2, now_};
  std::vector<std::byte> packet_ = std::vector<std::byte>(70000);
  std::vector<std::byte> chunk_ = std::vector<std::byte>(30000);
  std::vector<std::byte> buffer_ = std::vector<std::byte>(30000);
  std::uint64_t frames_ = 0;
  TcpApp* client_ = nullptr;
  TcpApp* server_ = nullptr;
};

TEST_F(AllocationScenario, SteadyStreamAllocatesNothing) {
  const wire::Endpoint server_name{right_.address(wire::Family::ipv4), 80, 0};
  ListenerApp& listener = right_.listen(server_name, 5);
  client_ = &left_.connect(server_name);
  for (int i = 0; i < 100 && listener.children.empty(); ++i) turn();
  ASSERT_FALSE(listener.children.empty());
  server_ = listener.children[0];
  stream(3'000'000);
  const std::size_t before = allocations;
  const std::uint64_t frames_before = frames_;
  stream(3'000'000);
  EXPECT_GT(frames_ - frames_before, 2000U);
  EXPECT_EQ(allocations - before, 0U) << "for " << frames_ - frames_before << " frames";
}

}  // namespace
}  // namespace zsock::test
