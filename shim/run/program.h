#pragma once
/// \file
/// What a program file is, and so how its sockets can be taken to zsockd.

#include <string>

namespace zsock::run {

enum class Mode {
  preload,     ///< the dynamic linker puts libzsock-preload.so before the C library
  supervise,   ///< nothing can be preloaded: a supervisor answers its system calls
  impossible,  ///< Program::why says what stands in the way
  missing,     ///< no such program
};

struct Program {
  std::string path{};  ///< of the file that is run; of a script, its interpreter
  Mode mode = Mode::missing;
  std::string why{};
};

/// Looks the name up as execvp() does, follows "#!" lines, and reads the ELF headers.
Program inspect(const std::string& name);

}  // namespace zsock::run
