#pragma once
/// \file
/// The seccomp filter of a supervised program: which of its system calls the supervisor is asked
/// about (seccomp_unotify(2)).

namespace zsock::run {

/// Puts the filter on this process, for good and for every program that it becomes or starts. Sets
/// no_new_privs, so set-user-id programs gain nothing from then on. No signal interrupts a call
/// that the supervisor has seen, unless it says so: what has been done is always told. (Linux 5.19)
/// \return the descriptor where the calls are told, close-on-exec, or the negative errno; -EBUSY:
/// somebody supervises this process already
int install_filter();

}  // namespace zsock::run
