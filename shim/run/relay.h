#pragma once
/// \file
/// A datagram socket of a supervised program. The program holds one end of a pair, where datagrams
/// lie without their addresses, so that read() and poll() find them; here are the other end and the
/// zsock socket, and datagrams are carried between the two. Calls that want addresses come here.

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "libzsock/ipc/channel.h"
#include "shim/run/memory.h"

namespace zsock::run {

/// What recvmsg() tells beside the octets.
struct Origin {
  Name name{};
  std::vector<std::byte> control{};
  bool operator==(const Origin& other) const = default;
};

struct Datagram {
  std::vector<std::byte> octets{};
  Origin origin{};
  int flags = 0;  ///< MSG_TRUNC, MSG_CTRUNC, MSG_ERRQUEUE
};

class Relay {
 public:
  static constexpr std::size_t kMostOctets = 65535;

  /// \param socket  a zsock socket, which is the relay's from now on. \param end  beside the
  /// program's
  Relay(int socket, ipc::Fd end) : socket_(socket), end_(std::move(end)) {}
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  /// A pair: the relay's end, the program's. Invalid: errno says why.
  static std::pair<ipc::Fd, ipc::Fd> make_pair();

  [[nodiscard]] int socket() const { return socket_; }
  [[nodiscard]] int end() const { return end_.get(); }

  /// Carries what can be carried, both ways, for a while.
  void pump();
  /// There is more that could be carried at once.
  [[nodiscard]] bool has_more() const { return more_out_ || more_in_; }
  /// The program has closed its end, and all that it sent before has been carried. Never, once
  /// zsockd is gone.
  [[nodiscard]] bool finished() const { return closed_ && !stuck_ && !lost_; }

  /// sendmsg() behind what was written before. \return octets or a negative errno; -EAGAIN: no room
  std::int64_t send(const msghdr& message, int flags);
  /// recvmsg(). \param program  a copy of the program's end. \return 0 or a negative errno;
  /// -EAGAIN: there is none
  int receive(int program, int flags, Datagram& datagram);
  /// The error queue (MSG_ERRQUEUE).
  int receive_error(Datagram& datagram) const;
  /// SO_ERROR.
  int take_error(int program);
  /// shutdown(). \param program  a copy of the program's end
  int shut(int program, int how);

 private:
  enum class Step : std::uint8_t { done, nothing, error };
  bool read_end();
  bool forward();
  int take(Datagram& datagram, int flags) const;
  Step fetch();
  Step deliver();
  void carry_to_program();
  void carry_from_program();
  [[nodiscard]] bool queue_is_empty() const;
  void note(int error);
  int drop_marker(int program);

  int socket_;
  ipc::Fd end_;
  std::optional<std::vector<std::byte>> stuck_{};  ///< of the program's, for want of room
  std::optional<Datagram> next_{};                 ///< for the program; not in the pair yet
  Origin queued_{};                                ///< of all that lie in the pair
  bool marker_ = false;  ///< what lies in the pair is nothing but a sign of an error
  int error_ = 0;        ///< that no call has told yet
  bool closed_ = false;
  bool reads_no_more_ = false;  ///< shutdown(SHUT_RD)
  bool more_out_ = false;
  bool more_in_ = false;
  bool lost_ = false;  ///< zsockd is gone
};

}  // namespace zsock::run
