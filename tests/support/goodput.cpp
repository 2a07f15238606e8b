#include "tests/support/goodput.h"

#include <gtest/gtest.h>

namespace zsock::test {
namespace {

constexpr std::uint16_t kPort = 80;
constexpr Duration kLimit = std::chrono::minutes{10};

TwoHostsOptions options_for(const GoodputCase& of, std::uint64_t seed) {
  TwoHostsOptions options{.seed = seed, .left = quick_host(), .right = quick_host()};
  options.link.faults = {.loss = of.loss,
                         .reorder = of.reorder,
                         .delay = of.rtt / 2,
                         .rate = of.rate,
                         .queue_frames = of.queue_frames};
  for (HostOptions* host : {&options.left, &options.right}) {
    host->rings = {.receive = of.ring, .transmit = of.ring};
    host->stack.tcp = of.tcp;
  }
  options.check_every = 1000;
  return options;
}

}  // namespace

double GoodputResult::megabits(const GoodputCase& of) const {
  return static_cast<double>(of.octets) * 8e-6 / std::chrono::duration<double>(time).count();
}

GoodputResult measure_goodput(const GoodputCase& of, std::uint64_t seed) {
  TwoHosts hosts{options_for(of, seed)};
  ListenerApp& listener = hosts.right().listen(hosts.right_endpoint(wire::Family::ipv4, kPort), 5);
  TcpApp& client = hosts.left().connect(hosts.right_endpoint(wire::Family::ipv4, kPort));
  std::vector<std::byte> buffer(of.ring);
  std::uint64_t written = 0;
  std::uint64_t read = 0;
  hosts.add_agent([&] {
    while (written < of.octets) {
      const std::size_t most = std::min<std::uint64_t>(buffer.size() / 8, of.octets - written);
      const std::size_t size = client.write(ByteView{buffer}.first(most));
      if (size == 0) break;
      written += size;
    }
    for (TcpApp* child : listener.children) {
      while (const std::size_t size = child->read(buffer)) read += size;
    }
  });
  const Instant start = hosts.now();
  EXPECT_TRUE(hosts.run_until([&] { return read == of.octets; }, kLimit));
  return {.time = hosts.now() - start, .sender = hosts.left().stack().counters()};
}

}  // namespace zsock::test
