#include "drivers/xdp.h"

#include <net/if.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <initializer_list>
#include <utility>

#include "drivers/frame_file.h"
#include "drivers/interface.h"
#include "drivers/offload.h"
#include "drivers/packet.h"
#include "drivers/xdp_socket.h"
#include "drivers/xdp_steering.h"

namespace zsock::drivers {
namespace {

/// Frames taken in a row before what comes through the packet socket has its turn.
constexpr int kTurnFrames = 64;
/// How long a full way out is left alone. What is under way then takes longer at 50 Gbit/s.
constexpr long kPauseNanoseconds = 100'000;
/// A socket that has just gone leaves its queue a moment later.
constexpr int kBusyTries = 100;
constexpr int kBusyMilliseconds = 10;

/// Wakes whoever waits for the device: readable when one of several descriptors is.
class Waiting {
 public:
  /// Nothing when the kernel refuses.
  static std::optional<Waiting> over(std::initializer_list<int> fds) {
    Waiting made(UniqueFd(::epoll_create1(EPOLL_CLOEXEC)),
                 UniqueFd(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)));
    bool complete = made.add(made.timer_.get());
    for (const int fd : fds) complete = complete && made.add(fd);
    return complete ? std::optional(std::move(made)) : std::nullopt;
  }
  [[nodiscard]] int fd() const { return set_.get(); }
  /// Readable as well once a pause is over, until take().
  void pause() {
    const itimerspec pause{.it_interval = {},
                           .it_value = {.tv_sec = 0, .tv_nsec = kPauseNanoseconds}};
    ::timerfd_settime(timer_.get(), 0, &pause, nullptr);
    paused_ = true;
  }
  [[nodiscard]] bool paused() const { return paused_; }
  void take() {
    std::uint64_t times = 0;
    paused_ = ::read(timer_.get(), &times, sizeof times) != sizeof times;
  }

 private:
  Waiting(UniqueFd set, UniqueFd timer) : set_(std::move(set)), timer_(std::move(timer)) {}
  [[nodiscard]] bool add(int fd) const {
    epoll_event interest{};
    interest.events = EPOLLIN;
    return ::epoll_ctl(set_.get(), EPOLL_CTL_ADD, fd, &interest) == 0;
  }

  UniqueFd set_;
  UniqueFd timer_;
  bool paused_ = false;
};

struct Parts {
  XdpSteering steering;
  std::unique_ptr<XdpSocket> socket;
};

class Xdp final : public Device {
 public:
  Xdp(Parts parts, std::unique_ptr<Device> packets, Waiting waiting)
      : packets_(std::move(packets)),
        socket_(std::move(parts.socket)),
        steering_(std::move(parts.steering)),
        waiting_(std::move(waiting)),
        info_(packets_->info()) {
    info_.max_segmentation = kMaxSegmentation;  // the one copy that it costs is due anyway
    info_.datagram_segmentation = true;
  }

  [[nodiscard]] DeviceInfo info() const override { return info_; }
  [[nodiscard]] int fd() const override { return waiting_.fd(); }

  Result<RxFrame, std::error_code> receive(MutableBytes buffer) override {
    if (in_turn_ < kTurnFrames) {
      if (const auto frame = socket_->receive()) {
        ++in_turn_;
        return RxFrame{.bytes = *frame};
      }
    }
    in_turn_ = 0;
    // It also says that the interface is gone, and passes over that it is down.
    auto other = packets_->receive(buffer);
    if (other || other.error() != std::errc::resource_unavailable_try_again) return other;
    if (const auto frame = socket_->receive()) return RxFrame{.bytes = *frame};
    return other;
  }

  Status<std::error_code> send(const TxFrame& frame) override {
    Segmenter segmenter(frame);
    if (segmenter.largest_frame() > kMaxXdpMtu + 14U) {
      return Err{std::make_error_code(std::errc::message_size)};
    }
    if (const auto room = make_room(segmenter.frames_left()); !room) return room;
    while (segmenter.frames_left() > 0) {
      // What has gone must not go again: what is left of the frame is lost, as in any queue.
      if (!make_room(1)) return Err{std::make_error_code(std::errc::no_buffer_space)};
      socket_->submit(segmenter.next(socket_->next_frame()).size());
    }
    return flush();
  }

  void advance(Instant /*now*/) override {
    if (!waiting_.paused()) return;
    waiting_.take();
    if (!waiting_.paused()) static_cast<void>(flush());
  }

 private:
  /// Of `frames`, or of as many as can ever be expected.
  Status<std::error_code> make_room(std::size_t frames) {
    const std::size_t wanted = std::min<std::size_t>(frames, XdpSocket::kSendFrames / 2);
    if (socket_->room() >= wanted) return {};
    if (const auto flushed = flush(); !flushed) return flushed;
    if (socket_->room() >= wanted) return {};
    waiting_.pause();
    return Err{std::make_error_code(std::errc::resource_unavailable_try_again)};
  }

  /// Errors: the interface is down, or gone.
  Status<std::error_code> flush() {
    const auto sent = socket_->flush();
    if (sent) return {};
    if (sent.error() != std::errc::resource_unavailable_try_again) return sent;
    waiting_.pause();  // advance() goes on
    return {};
  }

  std::unique_ptr<Device> packets_;
  std::unique_ptr<XdpSocket> socket_;
  XdpSteering steering_;
  Waiting waiting_;
  DeviceInfo info_;
  int in_turn_ = 0;
};

/// Errors: no permission, a kernel without AF_XDP.
Status<OpenError> probe(const std::string& name) {
  const UniqueFd socket(::socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0));
  if (socket) return {};
  if (errno == EPERM) {
    return Err{OpenError{"no permission to open xdp:" + name +
                         ": needs CAP_NET_RAW, CAP_NET_ADMIN and CAP_BPF"}};
  }
  return Err{failure("cannot open xdp:" + name)};
}

OpenError refusal(const XdpOptions& options, const std::error_code& why) {
  const std::string queue = "queue " + std::to_string(options.rx_queue) + " of " + options.name;
  switch (why.value()) {
    case EBUSY:
      return OpenError{queue + " is busy: another AF_XDP socket has it"};
    case EINVAL:
      return OpenError{"there is no " + queue + " for xdp"};
    case EOPNOTSUPP:
      return OpenError{"the driver of " + options.name + " has no zero-copy"};
    case ENOBUFS:
    case ENOMEM:
      return OpenError{"xdp:" + options.name + " may not lock the memory it needs, 6 MiB"};
    default:
      return OpenError{"cannot open xdp:" + options.name + ": " + why.message()};
  }
}

Result<std::unique_ptr<XdpSocket>, std::error_code> open_socket(const XdpOptions& options,
                                                                XdpSocket::Memory memory) {
  for (int tries = 1;; ++tries) {
    auto socket = XdpSocket::open(options.name, options.rx_queue, memory);
    if (socket || socket.error().value() != EBUSY || tries == kBusyTries) return socket;
    ::poll(nullptr, 0, kBusyMilliseconds);
  }
}

struct Way {
  XdpMode mode;
  XdpSteering::Place place;
  XdpSocket::Memory memory;
};

/// The best first.
constexpr std::array<Way, 3> kWays{{
    {XdpMode::zero_copy, XdpSteering::Place::driver, XdpSocket::Memory::shared},
    {XdpMode::copy, XdpSteering::Place::driver, XdpSocket::Memory::copied},
    {XdpMode::generic, XdpSteering::Place::kernel, XdpSocket::Memory::copied},
}};

/// A NIC may start anew when a program is attached: once for all ways that have it at one place.
Result<Parts, OpenError> open_parts(const XdpOptions& options, int index,
                                    const wire::MacAddr& mac) {
  OpenError why;
  std::optional<XdpSteering> steering;
  std::optional<XdpSteering::Place> place;
  for (const Way& way : kWays) {
    if (options.mode != XdpMode::best && options.mode != way.mode) continue;
    if (place != way.place) {
      place = way.place;
      steering.reset();  // an interface has one program
      auto attached = XdpSteering::attach(index, options.name, mac, way.place);
      if (attached) steering.emplace(std::move(*attached));
      if (!attached) why = attached.error();
    }
    if (!steering) continue;
    auto socket = open_socket(options, way.memory);
    const auto taken = socket ? steering->deliver(options.rx_queue, (*socket)->fd())
                              : Status<std::error_code>(Err{socket.error()});
    if (taken) return Parts{std::move(*steering), std::move(*socket)};
    why = refusal(options, taken.error());
  }
  return Err{why};
}

/// What xdp asks beyond a packet socket.
Status<OpenError> check(const DeviceInfo& info, const wire::MacAddr& nic) {
  if (info.mac == nic) {
    return Err{OpenError{"mac of " + info.name +
                         " is the NIC's, whose frames are the kernel's: xdp needs another"}};
  }
  if (info.mtu <= kMaxXdpMtu) return {};
  return Err{OpenError{"mtu " + std::to_string(info.mtu) + " of " + info.name +
                       " is more than the " + std::to_string(kMaxXdpMtu) + " of xdp"}};
}

}  // namespace

Result<std::unique_ptr<Device>, OpenError> open_xdp(const XdpOptions& options) {
  if (const auto possible = probe(options.name); !possible) return Err{possible.error()};
  auto packets = open_packet(
      {.name = options.name, .mtu = options.mtu, .mac = options.mac, .offload = Offload::off});
  if (!packets) return packets;
  const DeviceInfo info = (*packets)->info();
  const auto nic = Interface((*packets)->fd(), options.name).mac();
  if (!nic) return Err{nic.error()};
  if (const auto checked = check(info, *nic); !checked) return Err{checked.error()};
  const auto index = static_cast<int>(::if_nametoindex(options.name.c_str()));
  auto parts = open_parts(options, index, info.mac);
  if (!parts) return Err{parts.error()};
  auto waiting = Waiting::over({parts->socket->fd(), (*packets)->fd()});
  if (!waiting) return Err{failure("cannot wait for xdp:" + options.name)};
  return std::unique_ptr<Device>(
      std::make_unique<Xdp>(std::move(*parts), std::move(*packets), std::move(*waiting)));
}

}  // namespace zsock::drivers
