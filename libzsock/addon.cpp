#include "libzsock/addon.h"

#include <dlfcn.h>
#include <limits.h>

#include <array>
#include <cstdio>
#include <cstring>

namespace zsock::lib {
namespace {

void* open_beside_us(const char* file) {
  Dl_info where{};
  if (::dladdr(reinterpret_cast<const void*>(&addon_function), &where) == 0) return nullptr;
  const char* slash = where.dli_fname == nullptr ? nullptr : std::strrchr(where.dli_fname, '/');
  if (slash == nullptr) return nullptr;
  std::array<char, PATH_MAX> path{};
  const int folder = static_cast<int>(slash - where.dli_fname);
  const int length =
      std::snprintf(path.data(), path.size(), "%.*s/%s", folder, where.dli_fname, file);
  const bool whole = length > 0 && static_cast<std::size_t>(length) < path.size();
  return whole ? ::dlopen(path.data(), RTLD_NOW | RTLD_LOCAL) : nullptr;
}

}  // namespace

void* addon_function(const char* file, const char* name) {
  void* library = open_beside_us(file);
  if (library == nullptr) library = ::dlopen(file, RTLD_NOW | RTLD_LOCAL);
  return library == nullptr ? nullptr : ::dlsym(library, name);
}

}  // namespace zsock::lib
