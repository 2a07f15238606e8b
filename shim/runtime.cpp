/// \file
/// The few things of the C++ runtime that the core refers to, so that programs do not get a
/// libstdc++ from us. What is allocated: one arena per zsockd, never on the data path.

#include <stdlib.h>
#include <sys/mman.h>

#include <cstddef>
#include <new>

const std::nothrow_t std::nothrow{};

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

void operator delete(void* memory, std::size_t size) noexcept {
  if (memory != nullptr) ::munmap(memory, size);
}

// Referred to, never reached: a constructor that throws, an offset beyond the end of a text.
void operator delete(void*, const std::nothrow_t&) noexcept {}
void operator delete(void*) noexcept {}
namespace std {
void __throw_out_of_range_fmt(const char*, ...) {
  ::abort();
}
}  // namespace std
