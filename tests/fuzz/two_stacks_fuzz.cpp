// FZ-8. The input is the story of two stacks with a connection between them: what their
// applications do, and what becomes of each frame on the wire. What is read is what was written
// (Host::read), nothing aborts, and once the wire is good again the rest arrives and both ends
// agree.

#include <algorithm>
#include <deque>

#include "daemon/stack/base/check.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/host.h"
#include "tests/fuzz/story.h"

namespace zsock::fuzz {
namespace {

constexpr int kSteps = 200;
constexpr std::uint16_t kPort = 80;

class Scene {
 public:
  explicit Scene(Story& story) : story_(story) {
    const auto family = story.flip() ? wire::Family::ipv4 : wire::Family::ipv6;
    right_.listen(kPort, family);
    client_ = &left_.open(SocketKind::tcp, family);
    left_.connect(*client_, {right_.address(family), kPort, 0});
  }

  void step() {
    switch (story_.u8() % 6) {
      case 0:
        return application(left_, client_);
      case 1:
        return application(right_, right_.accepted());
      case 2:
        return pass(Duration{story_.u16() * 20});
      default:
        collect();
        return wire(story_.flip() ? to_left_ : to_right_);
    }
  }

  /// The wire heals: what was written arrives, unless a side has given up meanwhile.
  void heal() {
    std::uint64_t before = 0;
    for (int round = 0; round < 400; ++round) {
      collect();
      deliver(to_left_, left_);
      deliver(to_right_, right_);
      App* server = right_.accepted();
      left_.read(*client_, App::kRing);
      if (server != nullptr) right_.read(*server, App::kRing);
      const bool quiet = to_left_.empty() && to_right_.empty();
      if (quiet && agree()) return;
      if (quiet) pass(std::chrono::seconds(1));
      const std::uint64_t progress = client_->consumed + (server != nullptr ? server->consumed : 0);
      if (round > 200 && progress != before) round = 200;
      before = progress;
    }
    check_end();
  }

 private:
  void application(Host& host, App* app) {
    if (app == nullptr) return;
    switch (story_.u8() % 8) {
      case 0:
      case 1:
      case 2:
      case 3:
        return host.write(*app, story_.u16() % 6000);
      case 4:
      case 5:
        return host.read(*app, story_.u16() % 6000);
      case 6:
        if (story_.u8() > 200) {
          static_cast<void>(host.stack().shutdown(app->id, Stack::Shutdown::transmit, host.now()));
        }
        return;
      default:
        static_cast<void>(
            host.stack().set_option(app->id, Option::no_delay, story_.flip() ? 1 : 0, host.now()));
        return;
    }
  }

  void pass(Duration duration) {
    left_.pass(duration);
    right_.pass(duration);
  }
  void collect() {
    for (Octets& frame : left_.drain()) to_right_.push_back(std::move(frame));
    for (Octets& frame : right_.drain()) to_left_.push_back(std::move(frame));
  }
  Host& end_of(const std::deque<Octets>& queue) { return &queue == &to_left_ ? left_ : right_; }
  static void deliver(std::deque<Octets>& queue, Host& to) {
    for (; !queue.empty(); queue.pop_front()) to.receive(queue.front());
  }

  void wire(std::deque<Octets>& queue) {
    if (queue.empty()) return;
    const std::uint8_t fate = story_.u8();
    if (fate < 160) return pop(queue);
    switch (fate % 5) {
      case 0:  // lost
        return queue.pop_front();
      case 1:  // twice
        end_of(queue).receive(queue.front());
        return;
      case 2:  // overtaken
        std::rotate(queue.begin(), queue.begin() + 1, queue.end());
        return;
      case 3: {  // harmed behind the link header; ARP has no checksum of its own
        Octets& frame = queue.front();
        const std::size_t at = 14 + story_.u16() % (frame.size() - 14);
        if (load_be16(frame, 12) != 0x0806) frame[at] ^= static_cast<std::byte>(1U << (fate & 7U));
        return pop(queue);
      }
      default:  // all of them at once
        return deliver(queue, end_of(queue));
    }
  }
  void pop(std::deque<Octets>& queue) {
    const Octets frame = std::move(queue.front());
    queue.pop_front();
    end_of(queue).receive(frame);
  }

  void check_end() {
    const App* server = right_.accepted();
    const auto ours = left_.stack().status(client_->id);
    if (!ours || ours->failed || server == nullptr || !ours->connected) return;
    const auto theirs = right_.stack().status(server->id);
    if (!theirs || theirs->failed) return;
    ZSOCK_CHECK(agree());
  }
  /// Each has read what the other has written.
  bool agree() {
    const App* server = right_.accepted();
    return server != nullptr && server->consumed == client_->written &&
           client_->consumed == server->written;
  }

  Story& story_;
  Host left_{1, 1};
  Host right_{2, 2};
  App* client_ = nullptr;
  std::deque<Octets> to_left_{};
  std::deque<Octets> to_right_{};
};

}  // namespace
}  // namespace zsock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  zsock::fuzz::Story story{data, size};
  zsock::fuzz::Scene scene{story};
  for (int i = 0; i < zsock::fuzz::kSteps && !story.over(); ++i) scene.step();
  scene.heal();
  return 0;
}
