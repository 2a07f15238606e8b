#pragma once
/// \file
/// This process's connection to zsockd: a control socket for each shard that it has to do with, one
/// request outstanding, made when first needed, made again after a fork (attach) and after zsockd
/// was restarted (hello).

#include <pthread.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/un.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "libzsock/arena.h"
#include "libzsock/fd_table.h"
#include "libzsock/ipc/channel.h"
#include "libzsock/ipc/messages.h"
#include "libzsock/prepared.h"

namespace zsock::lib {

/// zsockd's answer, or why there is none.
struct Answer {
  int error = 0;  ///< 0 or an errno; ENETDOWN: zsockd cannot be reached
  ipc::Reply reply{};
  std::array<ipc::Fd, ipc::kMaxFds> fds{};
  std::size_t fd_count = 0;
  Arena* arena = nullptr;  ///< the arena that the request was about
};

/// The process-wide client. Thread-safe; a request blocks signals and cancellation while it lasts,
/// at most 10 s when zsockd is stopped, else microseconds.
class Client {
 public:
  static Client& instance() {
    Client* const known = known_.load(std::memory_order_acquire);
    return known != nullptr ? *known : make();
  }

  /// A request about no socket yet: on whatever arena this process begins sockets in now.
  Answer request(ipc::Request request);
  /// A request about a socket of this arena. ENETDOWN when the arena is lost.
  /// \param passed  a descriptor that goes beside it; -1: none
  Answer request(ipc::Request request, Arena& arena, int passed = -1);
  /// Op::socket. A process that opens many streams gets one that was made ahead.
  Answer open(const ipc::Request& request);
  /// To be called before a socket is closed: takes in sockets made ahead, if they have come. As
  /// long as descriptors are under way the kernel looks for cycles of them whenever a unix socket
  /// ends.
  void take_in_prepared() {
    if (preparing_.load(std::memory_order_relaxed) != 0) take_in_what_has_come();
  }
  /// The arena of the same process in another shard, where a connection has been accepted. nullptr:
  /// it cannot be had.
  Arena* arena_in(std::size_t shard, const Arena& kin);
  /// Asks which socket an inherited descriptor is; a process without an arena joins the socket's.
  Answer adopt(int fd);

  /// Where zsockd listens, whatever the environment says later. A path longer than any socket's is
  /// not taken. Before the first request.
  void set_socket_path(std::string_view path);

  /// Looks whether zsockd still serves this arena; if not, the arena is lost from now on.
  bool alive(Arena& arena);

  /// Arena by number; nullptr when there is none.
  [[nodiscard]] Arena* arena(std::uint16_t number) const {
    return number < kMaxArenas ? arenas_[number].load(std::memory_order_acquire) : nullptr;
  }
  /// True for descriptors that are the library's own. Lock-free.
  [[nodiscard]] bool owns(int fd) const;
  /// The smallest of them that is >= first; -1: none.
  [[nodiscard]] int next_own(int first) const;
  /// The process that this memory belongs to; getpid() differs in a child of vfork().
  [[nodiscard]] pid_t process() const { return process_.load(std::memory_order_relaxed); }
  /// In a child that was made without fork(), by clone() or a system call: makes up for what fork()
  /// would have had done. A load where nothing happened.
  void notice_fork() {
    if (mark_ != nullptr && mark_->load(std::memory_order_relaxed) == 0) begin_as_child();
  }

  /// What fork() has done around it; for those who make children by other means and know of it.
  static void before_fork();
  static void after_fork_in_parent();
  static void after_fork_in_child();

  [[nodiscard]] FdTable& fds() { return fds_; }
  [[nodiscard]] const FdTable& fds() const { return fds_; }

 private:
  static constexpr std::size_t kMaxArenas = 1024;  // one more after each restart of zsockd

  static Client& make();

  enum class Exchange { answered, not_sent, broken };

  /// With one shard.
  struct Session {
    ipc::Fd control{};
    std::atomic<int> number{-1};         ///< control's descriptor, for readers without the lock
    std::atomic<Arena*> arena{nullptr};  ///< the newest one there
    [[nodiscard]] Arena* serving() const {
      Arena* const known = arena.load(std::memory_order_acquire);
      return known != nullptr && !known->lost() ? known : nullptr;
    }
  };
  static constexpr std::size_t kHome = ipc::kMaxShards;  ///< in place of a shard: that of streams

  Client();
  Answer request_locked(ipc::Request& request, Arena* wanted, int passed,
                        std::size_t shard = kHome);
  bool take_prepared(std::int32_t family, Answer& answer);
  void prepare(std::int32_t family);
  void take_in(ipc::Incoming& incoming, const ipc::Reply& reply);
  void take_in_what_has_come();
  bool has_session();
  Exchange await_reply(Session& session, const ipc::Request& request, Answer& answer);
  /// nullptr: zsockd cannot be reached, or does not want this process there.
  Session* open_session(std::size_t shard);
  Session* open_home();
  enum class Voice { loud, quiet };
  bool connect_control(Session& session, Voice voice = Voice::loud);
  bool say_attach(Session& session, std::size_t shard);
  Session* say_hello(Session& session, std::size_t shard, const Arena* kin);
  Answer adopt_in(std::size_t shard, ipc::Request& request, int fd);
  Arena* map_arena(Answer& answer);
  Session* settle(Session& session, Arena& arena);
  Exchange exchange(Session& session, ipc::Request& request, Answer& answer, int passed = -1);
  void drop_session(Session& session);
  void lose_all();
  void complain(const char* path, int error);
  [[nodiscard]] static bool hung_up(int fd);
  [[nodiscard]] const char* socket_path() const;

  void begin_as_child();
  void become_child();
  void count_copies();

  static inline constinit std::atomic<Client*> known_{nullptr};  ///< for every call but the first

  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
  sigset_t before_fork_{};                           ///< the forking thread's signals
  std::array<Session, ipc::kMaxShards> sessions_{};  ///< by shard
  std::size_t home_ = 0;                             ///< where streams begin
  std::uint32_t sequence_ = 0;
  PreparedSockets prepared_;                 ///< at home
  std::atomic<std::uint32_t> preparing_{0};  ///< sequence of the request for more; 0: none
  std::int32_t preparing_family_ = 0;
  std::atomic<pid_t> process_{0};
  /// Not 0 in the process that this memory was made for: the kernel clears it for children that get
  /// memory of their own. nullptr: the kernel cannot (before Linux 4.14).
  std::atomic<std::uint32_t>* mark_ = nullptr;
  std::atomic<std::uint16_t> arena_count_{0};
  bool complained_ = false;
  std::array<char, sizeof(sockaddr_un::sun_path)>
      socket_path_{};  ///< empty: as the environment says
  std::array<std::atomic<Arena*>, kMaxArenas> arenas_{};
  FdTable fds_;
};

}  // namespace zsock::lib
