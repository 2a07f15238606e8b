#pragma once
/// \file
/// Running a program under the supervisor. Three processes: the one that was called, which waits
/// and hands signals on; the supervisor, its child; and the program, the supervisor's child, so
/// that the supervisor may look at its memory (ptrace(2), "Yama"). What the program leaves behind
/// becomes the supervisor's, which stays until the last of it has ended.

namespace zsock::run {

/// \param command  ends with a null pointer. \return what to exit with
int supervise(char** command);

}  // namespace zsock::run
