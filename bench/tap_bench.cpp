// What one frame to a TAP costs by the ways that the kernel offers: a writev() each, and io_uring
// with a batch per system call (docs/decisions/0019-a-system-call-per-frame.md). Makes a network
// namespace of its own. The frames are of a type that nobody takes, so what is measured is the way
// to the device, not the kernel's TCP behind it.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/io_uring.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

constexpr unsigned kBatch = 64;
constexpr std::size_t kVnetHeader = 10;

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

int open_tap() {
  const int fd = ::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  ifreq request{};
  std::strcpy(request.ifr_name, "bench0");
  request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
  if (fd < 0 || ::ioctl(fd, TUNSETIFF, &request) != 0) die("tap");
  const int control = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  request.ifr_flags = IFF_UP;
  if (::ioctl(control, SIOCSIFFLAGS, &request) != 0) die("up");
  ::close(control);
  return fd;
}

/// A broadcast of the second local experimental type (IEEE 802), headers apart from what they
/// carry.
class Frame {
 public:
  explicit Frame(std::size_t octets) : payload_(octets) {
    std::memset(&header_[kVnetHeader], 0xff, 6);
    header_[kVnetHeader + 12] = 0x88;
    header_[kVnetHeader + 13] = 0xb6;
  }
  [[nodiscard]] const std::array<iovec, 2>& pieces() const { return pieces_; }

 private:
  std::array<unsigned char, kVnetHeader + 14> header_{};
  std::vector<unsigned char> payload_;
  std::array<iovec, 2> pieces_{
      {{header_.data(), header_.size()}, {payload_.data(), payload_.size()}}};
};

/// The rings of an io_uring, shared with the kernel.
class Ring {
 public:
  Ring() {
    io_uring_params parameters{};
    fd_ = static_cast<int>(::syscall(SYS_io_uring_setup, kBatch, &parameters));
    if (fd_ < 0) die("io_uring_setup");
    const auto& sq = parameters.sq_off;
    const auto& cq = parameters.cq_off;
    auto* rings = map(cq.cqes + (parameters.cq_entries * sizeof(io_uring_cqe)), IORING_OFF_SQ_RING);
    entries_ = reinterpret_cast<io_uring_sqe*>(
        map(parameters.sq_entries * sizeof(io_uring_sqe), IORING_OFF_SQES));
    tail_ = reinterpret_cast<std::atomic<unsigned>*>(rings + sq.tail);
    array_ = reinterpret_cast<unsigned*>(rings + sq.array);
    done_head_ = reinterpret_cast<std::atomic<unsigned>*>(rings + cq.head);
    done_tail_ = reinterpret_cast<std::atomic<unsigned>*>(rings + cq.tail);
    done_ = reinterpret_cast<io_uring_cqe*>(rings + cq.cqes);
    mask_ = parameters.sq_entries - 1;
    done_mask_ = parameters.cq_entries - 1;
  }
  void add(int fd, const std::array<iovec, 2>& pieces) {
    const unsigned at = tail_->load(std::memory_order_relaxed);
    io_uring_sqe& entry = entries_[at & mask_];
    entry = {};
    entry.opcode = IORING_OP_WRITEV;
    entry.fd = fd;
    entry.addr = reinterpret_cast<std::uintptr_t>(pieces.data());
    entry.len = static_cast<unsigned>(pieces.size());
    array_[at & mask_] = at & mask_;
    tail_->store(at + 1, std::memory_order_release);
  }
  /// Submits what was added and waits for all of it.
  void run(unsigned count) {
    if (::syscall(SYS_io_uring_enter, fd_, count, count, IORING_ENTER_GETEVENTS, nullptr, 0) < 0)
      die("io_uring_enter");
    unsigned head = done_head_->load(std::memory_order_relaxed);
    for (; head != done_tail_->load(std::memory_order_acquire); ++head) {
      if (done_[head & done_mask_].res < 0) die("write");
    }
    done_head_->store(head, std::memory_order_release);
  }

 private:
  char* map(std::size_t octets, unsigned long long offset) const {
    void* at = ::mmap(nullptr, octets, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd_,
                      static_cast<off_t>(offset));
    if (at == MAP_FAILED) die("mmap");
    return static_cast<char*>(at);
  }

  int fd_ = -1;
  io_uring_sqe* entries_ = nullptr;
  std::atomic<unsigned>* tail_ = nullptr;
  unsigned* array_ = nullptr;
  std::atomic<unsigned>* done_head_ = nullptr;
  std::atomic<unsigned>* done_tail_ = nullptr;
  io_uring_cqe* done_ = nullptr;
  unsigned mask_ = 0;
  unsigned done_mask_ = 0;
};

int tap() {
  static const int fd = open_tap();
  return fd;
}

void one_writev_each(benchmark::State& state) {
  const Frame frame(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    for (unsigned i = 0; i < kBatch; ++i) {
      if (::writev(tap(), frame.pieces().data(), 2) < 0) die("writev");
    }
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}

void io_uring_batches(benchmark::State& state) {
  const Frame frame(static_cast<std::size_t>(state.range(0)));
  static Ring ring;
  for (auto _ : state) {
    for (unsigned i = 0; i < kBatch; ++i) ring.add(tap(), frame.pieces());
    ring.run(kBatch);
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}

BENCHMARK(one_writev_each)->Arg(40)->Arg(1500)->Arg(65000);
BENCHMARK(io_uring_batches)->Arg(40)->Arg(1500)->Arg(65000);

}  // namespace

int main(int count, char** arguments) {
  if (::geteuid() != 0) die("needs root");
  if (::unshare(CLONE_NEWNET) != 0) die("unshare");
  benchmark::Initialize(&count, arguments);
  benchmark::RunSpecifiedBenchmarks();
}
