#include "daemon/os.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>
#include <fstream>
#include <span>
#include <string>

#include <cerrno>
#include <chrono>
#include <ctime>
#include <utility>

#include "daemon/stack/base/check.h"

namespace zsock::host {
namespace {

std::error_code last_error() {
  return {errno, std::generic_category()};
}

[[noreturn]] void fail(const std::string& what) {
  throw StartError(EX_OSERR, what + ": " + last_error().message());
}

std::pair<uid_t, gid_t> ids_of(const std::string& user) {
  const passwd* entry = ::getpwnam(user.c_str());
  if (entry == nullptr) throw StartError(EX_NOUSER, "user " + user + " does not exist");
  return {entry->pw_uid, entry->pw_gid};
}

void become(const std::string& user) {
  const auto [uid, gid] = ids_of(user);
  if (::initgroups(user.c_str(), gid) != 0) fail("initgroups " + user);
  if (::setresgid(gid, gid, gid) != 0) fail("setresgid " + user);
  if (::setresuid(uid, uid, uid) != 0) fail("setresuid " + user);
}

/// Without CAP_SETPCAP the bounding set stays as it is: what is in it cannot be regained with
/// no_new_privs.
void empty_bounding_set() {
  for (unsigned long capability = 0; ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0;
       ++capability) {
    if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 && errno != EPERM)
      fail("PR_CAPBSET_DROP");
  }
}

void empty_capability_sets() {
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
  if (::syscall(SYS_capset, &header, none.data()) != 0) fail("capset");
}

}  // namespace

Instant monotonic_now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return Instant{std::chrono::duration_cast<Duration>(std::chrono::seconds{time.tv_sec} +
                                                      std::chrono::nanoseconds{time.tv_nsec})};
}

int usable_cpus() {
  cpu_set_t usable;
  return ::sched_getaffinity(0, sizeof(usable), &usable) == 0 ? CPU_COUNT(&usable) : 1;
}

std::uint32_t SystemRng::next_u32() {
  if (left_ == 0) {
    // Up to 256 octets come whole and uninterrupted (getrandom(2)).
    ZSOCK_CHECK(::getrandom(batch_.data(), sizeof(batch_), 0) ==
                static_cast<ssize_t>(sizeof(batch_)));
    left_ = batch_.size();
  }
  return std::exchange(batch_[--left_], 0);
}

SipKey machine_secret(Rng& rng) {
  std::string id;
  std::ifstream file("/etc/machine-id");
  if (!std::getline(file, id) || id.empty()) return SipKey::draw(rng);
  constexpr SipKey kFirst{0x7a736f636b2d7266ULL, 0x632d373231372d30ULL};
  constexpr SipKey kSecond{0x7a736f636b2d7266ULL, 0x632d373231372d31ULL};
  const ByteView bytes = std::as_bytes(std::span(id));
  return {siphash(kFirst, bytes), siphash(kSecond, bytes)};
}

void notify_service(const char* state) {
  ::sd_notify(0, state);
}

Result<LockFile, std::error_code> LockFile::acquire(const std::string& path) {
  ipc::Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) return Err{last_error()};
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return Err{last_error()};
  return LockFile(std::move(fd));
}

void restrict_process() {
  ::umask(0077);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
}

void make_folder_of(const std::string& path, const std::string& user) {
  const std::string folder = path.substr(0, path.find_last_of('/'));
  // What else is wrong with it shows when the socket is made.
  if (folder.empty() || folder == path || ::mkdir(folder.c_str(), 0700) != 0) return;
  constexpr mode_t kMode = 0750;
  const ipc::Fd made(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!made.valid() || ::fchmod(made.get(), kMode) != 0) fail(folder);
  if (::geteuid() != 0 || user.empty()) return;
  const auto [uid, gid] = ids_of(user);
  if (::fchown(made.get(), uid, gid) != 0) fail(folder);
}

void drop_privileges(const std::string& user) {
  empty_bounding_set();
  if (::geteuid() == 0 && !user.empty()) become(user);
  empty_capability_sets();
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail("PR_SET_NO_NEW_PRIVS");
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

}  // namespace zsock::host
