#pragma once
/// \file
/// SharedMemory: a memfd that zsockd has made, sealed and mapped (conformance SEC-SHM-1).

#include <cstddef>
#include <system_error>

#include "daemon/stack/base/bytes.h"
#include "daemon/stack/base/result.h"
#include "libzsock/ipc/channel.h"

namespace zsock::host {

/// Who may write to it. The size is fixed for both.
enum class Writers { host_only, host_and_client };

class SharedMemory {
 public:
  /// Zeroed memory of `size` octets. Errors: the kernel's.
  static Result<SharedMemory, std::error_code> create(const char* name, std::size_t size,
                                                      Writers writers);
  SharedMemory(SharedMemory&& other) noexcept;
  SharedMemory& operator=(SharedMemory&& other) noexcept;
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  ~SharedMemory();

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] void* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] MutableBytes bytes() const { return {static_cast<std::byte*>(data_), size_}; }

  /// Gives the pages of a range back to the system; they read as zero afterwards.
  void discard(std::size_t offset, std::size_t size) const;

 private:
  SharedMemory(ipc::Fd fd, void* data, std::size_t size);
  ipc::Fd fd_;
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace zsock::host
