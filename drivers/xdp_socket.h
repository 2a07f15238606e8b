#pragma once
/// \file
/// One AF_XDP socket with memory of its own: frames of a page, which go round between the kernel
/// and this process on four rings. Nothing is allocated after open().

#include <xdp/xsk.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "daemon/stack/base/bytes.h"
#include "daemon/stack/base/result.h"

namespace zsock::drivers {

class XdpSocket {
 public:
  enum class Memory : std::uint8_t { copied, shared };  ///< copy mode, zero-copy

  /// Frames that can be under way to the NIC.
  static constexpr std::uint32_t kSendFrames = 512;

  /// \param queue  of the interface
  /// Errors: the kernel's.
  static Result<std::unique_ptr<XdpSocket>, std::error_code> open(const std::string& interface,
                                                                  std::uint32_t queue,
                                                                  Memory memory);
  ~XdpSocket();
  XdpSocket(const XdpSocket&) = delete;
  XdpSocket& operator=(const XdpSocket&) = delete;

  /// Readable when a frame has come.
  [[nodiscard]] int fd() const { return ::xsk_socket__fd(socket_); }

  /// The next frame that has come; it is lent until the next call.
  std::optional<ByteView> receive();

  /// Frames that submit() can take now.
  [[nodiscard]] std::size_t room();
  /// Where the next frame is written, a page. REQUIRES: room() > 0.
  [[nodiscard]] MutableBytes next_frame() const;
  /// Puts the first `size` octets of next_frame() among those that flush() sends.
  void submit(std::size_t size);
  /// Has the kernel send what was submitted. Errors: resource_unavailable_try_again (some are still
  /// waiting: later again); others are the kernel's.
  Status<std::error_code> flush();

 private:
  explicit XdpSocket(std::byte* area) : area_(area) {}
  int create(const std::string& interface, std::uint32_t queue, Memory memory);
  void lend_all();
  void give_back();
  void reclaim();

  std::byte* area_;
  xsk_umem* umem_ = nullptr;
  xsk_socket* socket_ = nullptr;
  xsk_ring_prod fill_{};        ///< empty frames, to the kernel
  xsk_ring_cons received_{};    ///< full ones, from it
  xsk_ring_prod transmit_{};    ///< full ones, to the kernel
  xsk_ring_cons completion_{};  ///< those that have gone
  std::vector<std::uint64_t> free_{};
  std::optional<std::uint64_t> lent_{};  ///< to the caller of receive()
};

}  // namespace zsock::drivers
