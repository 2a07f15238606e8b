#include "shim/run/program.h"

#include <elf.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>
#include <vector>

namespace zsock::run {
namespace {

constexpr int kMaxInterpreters = 4;
constexpr std::size_t kMaxHeaders = 1U << 20U;

bool is_executable(const std::string& path) {
  struct stat facts {};
  return ::stat(path.c_str(), &facts) == 0 && S_ISREG(facts.st_mode) &&
         ::access(path.c_str(), X_OK) == 0;
}

std::optional<std::string> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    return is_executable(name) ? std::optional(name) : std::nullopt;
  }
  const char* value = ::getenv("PATH");
  std::istringstream folders(value != nullptr ? value : "/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::string path = (folder.empty() ? "." : folder) + "/" + name;
    if (is_executable(path)) return path;
  }
  return std::nullopt;
}

std::string read_start(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string octets(kMaxHeaders, '\0');
  file.read(octets.data(), static_cast<std::streamsize>(octets.size()));
  octets.resize(static_cast<std::size_t>(file.gcount()));
  return octets;
}

template <class T>
std::optional<T> load(std::string_view octets, std::size_t at) {
  if (at > octets.size() || octets.size() - at < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, octets.data() + at, sizeof(T));
  return value;
}

std::string_view part(std::string_view octets, std::size_t at, std::size_t size) {
  return at <= octets.size() ? octets.substr(at, size) : std::string_view{};
}

/// What the program headers tell.
struct Elf {
  std::string interpreter{};
  bool go = false;
};

std::optional<Elf> read_elf(std::string_view octets) {
  const auto header = load<Elf64_Ehdr>(octets, 0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return std::nullopt;
  Elf elf;
  for (std::size_t i = 0; i < header->e_phnum; ++i) {
    const auto program = load<Elf64_Phdr>(octets, header->e_phoff + i * sizeof(Elf64_Phdr));
    if (!program) return std::nullopt;
    const std::string_view content = part(octets, program->p_offset, program->p_filesz);
    if (program->p_type == PT_INTERP) elf.interpreter = content.substr(0, content.find('\0'));
    // The note that the Go linker writes is named "Go".
    const std::string_view name("Go\0\0", 4);
    if (program->p_type == PT_NOTE && part(content, sizeof(Elf64_Nhdr), 4) == name) elf.go = true;
  }
  return elf;
}

/// Why the program has rights of its own; empty: it has none.
std::string privilege_of(const std::string& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return "it cannot be looked at";
  if ((facts.st_mode & (S_ISUID | S_ISGID)) != 0 && ::geteuid() != 0) {
    return "it is set-user-id or set-group-id";
  }
  if (::geteuid() != 0 && ::getxattr(path.c_str(), "security.capability", nullptr, 0) > 0) {
    return "it has file capabilities";
  }
  return {};
}

Program judge(const std::string& path, const std::string& octets) {
  Program program{.path = path, .mode = Mode::impossible};
  if (octets.size() > EI_CLASS && octets.starts_with(ELFMAG) && octets[EI_CLASS] != ELFCLASS64) {
    program.why = "it is not a 64-bit program";
    return program;
  }
  const auto elf = read_elf(octets);
  const std::string privilege = privilege_of(path);
  if (!elf) {
    program.why = "it is neither an ELF file nor a script";
  } else if (!privilege.empty()) {
    program.why = privilege + ", so nothing may come between it and the kernel";
  } else if (elf->interpreter.empty()) {
    program.mode = Mode::supervise;
    program.why = "it is linked statically, so nothing can be preloaded";
  } else if (elf->interpreter.find("ld-linux") == std::string::npos) {
    program.mode = Mode::supervise;
    program.why = "its dynamic linker is not glibc's: " + elf->interpreter;
  } else if (elf->go) {
    program.mode = Mode::supervise;
    program.why = "it is a Go program, which makes its system calls without the C library";
  } else {
    program.mode = Mode::preload;
    program.why = "a dynamic program of glibc (" + elf->interpreter + ")";
  }
  return program;
}

/// The interpreter of a script; nothing when it is none.
std::optional<std::string> interpreter_of(std::string_view octets) {
  if (!octets.starts_with("#!")) return std::nullopt;
  std::istringstream line(std::string(octets.substr(2, octets.find('\n') - 2)));
  std::string interpreter;
  std::string argument;
  line >> interpreter >> argument;
  const bool by_env = interpreter.ends_with("/env") && !argument.empty() && argument[0] != '-';
  return by_env ? argument : interpreter;
}

}  // namespace

Program inspect(const std::string& name) {
  std::string wanted = name;
  for (int i = 0; i < kMaxInterpreters; ++i) {
    const auto path = find_program(wanted);
    if (!path) return {.path = wanted, .mode = Mode::missing, .why = "there is no such program"};
    const std::string octets = read_start(*path);
    const auto interpreter = interpreter_of(octets);
    if (!interpreter) return judge(*path, octets);
    wanted = *interpreter;
  }
  return {.path = wanted, .mode = Mode::impossible, .why = "too many interpreters"};
}

}  // namespace zsock::run
