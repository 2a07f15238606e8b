#include "daemon/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace zsock::host {
namespace {

constexpr unsigned kNoExecSeal = 8;          // MFD_NOEXEC_SEAL, Linux 6.3
constexpr unsigned kSealFutureWrite = 0x10;  // F_SEAL_FUTURE_WRITE, Linux 5.1

std::error_code last_error() {
  return {errno, std::generic_category()};
}

ipc::Fd make_memfd(const char* name) {
  const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  const int fd = ::memfd_create(name, flags | kNoExecSeal);
  if (fd >= 0 || errno != EINVAL) return ipc::Fd(fd);
  return ipc::Fd(::memfd_create(name, flags));
}

}  // namespace

Result<SharedMemory, std::error_code> SharedMemory::create(const char* name, std::size_t size,
                                                           Writers writers) {
  ipc::Fd fd = make_memfd(name);
  if (!fd.valid()) return Err{last_error()};
  if (::ftruncate(fd.get(), static_cast<off_t>(size)) != 0) return Err{last_error()};
  void* data =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd.get(), 0);
  if (data == MAP_FAILED) return Err{last_error()};
  SharedMemory memory(std::move(fd), data, size);
  // Our writable mapping exists, so a seal on future ones leaves us the only writer.
  unsigned seals = F_SEAL_SHRINK | F_SEAL_GROW;
  if (writers == Writers::host_only) seals |= kSealFutureWrite;
  if (::fcntl(memory.fd(), F_ADD_SEALS, seals | F_SEAL_SEAL) != 0) return Err{last_error()};
  return memory;
}

SharedMemory::SharedMemory(ipc::Fd fd, void* data, std::size_t size)
    : fd_(std::move(fd)), data_(data), size_(size) {}

SharedMemory::SharedMemory(SharedMemory&& other) noexcept
    : fd_(std::move(other.fd_)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

SharedMemory& SharedMemory::operator=(SharedMemory&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

SharedMemory::~SharedMemory() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

void SharedMemory::discard(std::size_t offset, std::size_t size) const {
  ::madvise(bytes().subspan(offset, size).data(), size, MADV_REMOVE);
}

}  // namespace zsock::host
