// Joins two devices by a bad link: `forwarder tap:za,loss=0.01,delay=10ms tap:zb`. What comes from
// either goes out at the other; the impairments are those of the first. For scripts/bench goodput.
#include <poll.h>
#include <sysexits.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <memory>
#include <vector>

#include "drivers/factory.h"
#include "drivers/offload.h"

namespace {

using namespace zsock;
using drivers::Device;

constexpr std::chrono::milliseconds kLongestWait{1000};
constexpr int kFrames = 256;  ///< of one device, before the other has its turn

Instant now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return Instant{std::chrono::duration_cast<Duration>(since)};
}

std::unique_ptr<Device> open(const char* text) {
  const auto spec = drivers::parse_device_spec(text);
  auto device = spec ? drivers::open_device(*spec, {})
                     : Result<std::unique_ptr<Device>, drivers::OpenError>{Err{spec.error()}};
  if (device) return std::move(*device);
  std::fprintf(stderr, "forwarder: %s\n", device.error().message.c_str());
  return nullptr;
}

/// A frame that the other side does not take is lost, as on any link.
void carry(Device& from, Device& to, MutableBytes buffer) {
  for (int i = 0; i < kFrames; ++i) {
    const auto frame = from.receive(buffer);
    if (!frame) return;
    if (const auto again = drivers::resend_form(*frame)) static_cast<void>(to.send(*again));
  }
}

int until(const Device& first, const Device& second, Instant at) {
  Duration wait = kLongestWait;
  for (const Device* device : {&first, &second}) {
    const auto due = device->next_deadline();
    if (due) wait = std::clamp(*due - at, Duration{}, wait);
  }
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(wait).count());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: forwarder DEVICE DEVICE\n", stderr);
    return EX_USAGE;
  }
  const auto first = open(argv[1]);
  const auto second = open(argv[2]);
  if (!first || !second) return EX_CONFIG;
  std::puts("ready");
  std::fflush(stdout);
  std::vector<std::byte> buffer(drivers::kReceiveBufferOctets);
  std::array<pollfd, 2> ready{pollfd{first->fd(), POLLIN, 0}, pollfd{second->fd(), POLLIN, 0}};
  while (true) {
    first->advance(now());
    second->advance(now());
    carry(*first, *second, buffer);
    carry(*second, *first, buffer);
    if (poll(ready.data(), ready.size(), until(*first, *second, now())) < 0) return EX_OSERR;
  }
}
