#include "drivers/xdp_socket.h"

#include <linux/if_link.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <xdp/libxdp.h>

#include <algorithm>
#include <cerrno>

#include "drivers/interface.h"

namespace zsock::drivers {
namespace {

constexpr std::uint32_t kFrameOctets = 4096;
constexpr std::uint32_t kReceiveFrames = 1024;
/// With the frames to send less than the 8 MiB that a process may lock by default.
constexpr std::size_t kAreaOctets =
    std::size_t{kReceiveFrames + XdpSocket::kSendFrames} * kFrameOctets;
constexpr int kSendBufferOctets = 8 << 20;

/// What flush() may meet when the way out is full: the frames stay on the ring, or one is dropped.
bool is_full(int error) {
  return error == EAGAIN || error == EBUSY || error == ENOBUFS;
}

int quiet(libxdp_print_level /*level*/, const char* /*format*/, va_list /*arguments*/) {
  return 0;
}

/// With the kernel's limit on what a socket has under way half of the frames could not be used.
void enlarge_buffer(int fd) {
  const int size = kSendBufferOctets;
  if (::setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) == 0) return;
  static_cast<void>(::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size));
}

}  // namespace

Result<std::unique_ptr<XdpSocket>, std::error_code> XdpSocket::open(const std::string& interface,
                                                                    std::uint32_t queue,
                                                                    Memory memory) {
  ::libxdp_set_print(quiet);  // it would write to standard error what is returned here
  void* area =
      ::mmap(nullptr, kAreaOctets, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (area == MAP_FAILED) return Err{last_error()};
  std::unique_ptr<XdpSocket> made(new XdpSocket(static_cast<std::byte*>(area)));
  if (const int error = made->create(interface, queue, memory); error != 0) {
    return Err{std::error_code(error, std::generic_category())};
  }
  enlarge_buffer(made->fd());
  made->lend_all();
  return made;
}

/// errno, or 0.
int XdpSocket::create(const std::string& interface, std::uint32_t queue, Memory memory) {
  const xsk_umem_config area_wish{.fill_size = kReceiveFrames,
                                  .comp_size = kSendFrames,
                                  .frame_size = kFrameOctets,
                                  .frame_headroom = 0,
                                  .flags = 0};
  const int refused =
      ::xsk_umem__create(&umem_, area_, kAreaOctets, &fill_, &completion_, &area_wish);
  if (refused != 0) return -refused;
  xsk_socket_config wish{};
  wish.rx_size = kReceiveFrames;
  wish.tx_size = kSendFrames;
  wish.libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD;
  wish.bind_flags = static_cast<std::uint16_t>(
      XDP_USE_NEED_WAKEUP | (memory == Memory::shared ? XDP_ZEROCOPY : XDP_COPY));
  return -::xsk_socket__create(&socket_, interface.c_str(), queue, umem_, &received_, &transmit_,
                               &wish);
}

XdpSocket::~XdpSocket() {
  if (socket_ != nullptr) ::xsk_socket__delete(socket_);
  if (umem_ != nullptr) ::xsk_umem__delete(umem_);
  ::munmap(area_, kAreaOctets);
}

/// The first frames are to receive, the others to send.
void XdpSocket::lend_all() {
  std::uint32_t at = 0;
  ZSOCK_CHECK(::xsk_ring_prod__reserve(&fill_, kReceiveFrames, &at) == kReceiveFrames);
  for (std::uint32_t i = 0; i < kReceiveFrames; ++i) {
    *::xsk_ring_prod__fill_addr(&fill_, at + i) = std::uint64_t{i} * kFrameOctets;
  }
  ::xsk_ring_prod__submit(&fill_, kReceiveFrames);
  free_.reserve(kSendFrames);
  for (std::uint32_t i = 0; i < kSendFrames; ++i) {
    free_.push_back(std::uint64_t{kReceiveFrames + i} * kFrameOctets);
  }
}

void XdpSocket::give_back() {
  if (!lent_) return;
  std::uint32_t at = 0;
  ZSOCK_CHECK(::xsk_ring_prod__reserve(&fill_, 1, &at) == 1);  // as large as there are frames
  *::xsk_ring_prod__fill_addr(&fill_, at) = *lent_;
  ::xsk_ring_prod__submit(&fill_, 1);
  lent_.reset();
}

std::optional<ByteView> XdpSocket::receive() {
  give_back();
  std::uint32_t at = 0;
  if (::xsk_ring_cons__peek(&received_, 1, &at) == 0) {
    if (::xsk_ring_prod__needs_wakeup(&fill_) != 0) {
      ::recvfrom(fd(), nullptr, 0, MSG_DONTWAIT, nullptr, nullptr);
    }
    return std::nullopt;
  }
  const xdp_desc frame = *::xsk_ring_cons__rx_desc(&received_, at);
  ::xsk_ring_cons__release(&received_, 1);
  ZSOCK_CHECK(frame.addr < kAreaOctets && frame.len <= kAreaOctets - frame.addr);
  lent_ = frame.addr & ~std::uint64_t{kFrameOctets - 1};
  return ByteView(area_ + frame.addr, frame.len);
}

std::size_t XdpSocket::room() {
  reclaim();
  return free_.size();
}

MutableBytes XdpSocket::next_frame() const {
  ZSOCK_CHECK(!free_.empty());
  return {area_ + free_.back(), kFrameOctets};
}

void XdpSocket::submit(std::size_t size) {
  std::uint32_t at = 0;
  ZSOCK_CHECK(::xsk_ring_prod__reserve(&transmit_, 1, &at) == 1);  // as large as there are frames
  *::xsk_ring_prod__tx_desc(&transmit_, at) = {
      .addr = free_.back(), .len = static_cast<std::uint32_t>(size), .options = 0};
  free_.pop_back();
  ::xsk_ring_prod__submit(&transmit_, 1);
}

void XdpSocket::reclaim() {
  std::uint32_t at = 0;
  const std::uint32_t count = ::xsk_ring_cons__peek(&completion_, kSendFrames, &at);
  if (count == 0) return;
  for (std::uint32_t i = 0; i < count; ++i) {
    free_.push_back(*::xsk_ring_cons__comp_addr(&completion_, at + i));
  }
  ::xsk_ring_cons__release(&completion_, count);
}

/// In copy mode each call sends some dozens, on this process's time.
Status<std::error_code> XdpSocket::flush() {
  if (::xsk_ring_prod__needs_wakeup(&transmit_) == 0) return {};
  for (;;) {
    const std::uint32_t before = __atomic_load_n(transmit_.consumer, __ATOMIC_ACQUIRE);
    if (::sendto(fd(), nullptr, 0, MSG_DONTWAIT, nullptr, 0) >= 0) return {};
    if (errno == EINTR) continue;
    if (!is_full(errno)) return Err{last_error()};
    if (__atomic_load_n(transmit_.consumer, __ATOMIC_ACQUIRE) == before) {
      return Err{std::make_error_code(std::errc::resource_unavailable_try_again)};
    }
  }
}

}  // namespace zsock::drivers
