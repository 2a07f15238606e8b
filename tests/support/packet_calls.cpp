// The application's side of a script: calls and what must be true of sockets.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "libzsock/ipc/errors.h"
#include "tests/support/packet_runner.h"

namespace zsock::test {
namespace {

struct OptionName {
  std::string_view name;
  Option option;
  std::int64_t unit;  ///< of the script's value, in the stack's
};
constexpr std::int64_t kSecond = 1'000'000;
constexpr std::array kOptions{
    OptionName{"SO_REUSEADDR", Option::reuse_address, 1},
    OptionName{"SO_KEEPALIVE", Option::keep_alive, 1},
    OptionName{"SO_OOBINLINE", Option::oob_inline, 1},
    OptionName{"SO_LINGER", Option::linger, kSecond},
    OptionName{"SO_BROADCAST", Option::broadcast, 1},
    OptionName{"IP_TTL", Option::hop_limit, 1},
    OptionName{"IP_TOS", Option::traffic_class, 1},
    OptionName{"IP_RECVERR", Option::receive_error, 1},
    OptionName{"SO_MAX_PACING_RATE", Option::pacing_limit, 1},
    OptionName{"TCP_FASTOPEN", Option::fast_open_queue, 1},
    OptionName{"TCP_FASTOPEN_CONNECT", Option::fast_open_connect, 1},
    OptionName{"TCP_NODELAY", Option::no_delay, 1},
    OptionName{"TCP_CORK", Option::cork, 1},
    OptionName{"TCP_KEEPIDLE", Option::keepalive_idle, kSecond},
    OptionName{"TCP_KEEPINTVL", Option::keepalive_interval, kSecond},
    OptionName{"TCP_KEEPCNT", Option::keepalive_probes, 1},
    OptionName{"TCP_USER_TIMEOUT", Option::user_timeout, 1000},  // milliseconds
    OptionName{"TCP_SYNCNT", Option::syn_retries, 1},
    OptionName{"TCP_MAXSEG", Option::max_segment, 1},
    OptionName{"TCP_LINGER2", Option::fin_wait_2, kSecond},
};

std::string name_of(SockError error) {
  if (error == SockError::none) return "0";
  const char* name = strerrorname_np(ipc::to_errno(error));
  return name == nullptr ? "?" : name;
}

template <class T>
std::string result_of(const Result<T, SockError>& result) {
  return result ? "0" : name_of(result.error());
}

std::int64_t number(const Call& call, std::size_t index) {
  return index < call.arguments.size() ? std::atoll(call.arguments[index].c_str()) : 0;
}
std::string argument(const Call& call, std::size_t index) {
  return index < call.arguments.size() ? call.arguments[index] : std::string{};
}

std::vector<std::byte> octets(std::uint64_t position, std::size_t count) {
  std::vector<std::byte> bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = script_octet(position + i);
  return bytes;
}

}  // namespace

std::string PacketRunner::perform_call(const Call& call) {
  static const std::map<std::string, CallFunction> functions{
      {"socket", &PacketRunner::call_socket},
      {"bind", &PacketRunner::call_bind},
      {"listen", &PacketRunner::call_listen},
      {"accept", &PacketRunner::call_accept},
      {"connect", &PacketRunner::call_connect},
      {"write", &PacketRunner::call_write},
      {"read", &PacketRunner::call_read},
      {"send", &PacketRunner::call_send},
      {"sendto", &PacketRunner::call_sendto},
      {"setsockopt", &PacketRunner::call_setsockopt},
      {"getsockopt", &PacketRunner::call_getsockopt},
      {"shutdown", &PacketRunner::call_shutdown},
      {"close", &PacketRunner::call_close},
  };
  const auto function = functions.find(call.name);
  if (function == functions.end()) return "no such call: " + call.name;
  if (call.name != "socket" && descriptor(call) == nullptr) return "no such descriptor";
  const std::string got = (this->*function->second)(call);
  if (!call.result || got == *call.result) return "";
  return "expected: " + call.name + " = " + *call.result + "\n  got:      " + got;
}

PacketRunner::Descriptor* PacketRunner::descriptor(const Call& call) {
  const auto found = descriptors_.find(static_cast<int>(number(call, 0)));
  return found == descriptors_.end() ? nullptr : &found->second;
}

std::string PacketRunner::call_socket(const Call& call) {
  const std::string result = call.result.value_or("3");
  const bool tcp = argument(call, 0) == "tcp";
  const auto id =
      stack_.open(tcp ? SocketKind::tcp : SocketKind::udp, wire::Family::ipv4, 0, ++last_owner_);
  if (!id) return name_of(id.error());
  Descriptor& made = descriptors_[std::atoi(result.c_str())] = {.id = *id};
  if (tcp) {
    tcp_[last_owner_] = std::make_unique<TcpApp>(world(), ring_sizes_);
    made.tcp = tcp_[last_owner_].get();
    made.tcp->id = *id;
  } else {
    udp_[last_owner_] = std::make_unique<UdpApp>(world(), ring_sizes_);
    made.udp = udp_[last_owner_].get();
    made.udp->id = *id;
    ZSOCK_CHECK(stack_.attach(*id, made.udp->rings()).has_value());
  }
  return result;
}

std::string PacketRunner::call_bind(const Call& call) {
  const auto name = parse_script_endpoint(argument(call, 1));
  if (!name) return "bad address";
  const auto bound = stack_.bind(descriptor(call)->id, *name);
  if (bound) current_.local.port = name->port;
  return result_of(bound);
}

std::string PacketRunner::call_listen(const Call& call) {
  Descriptor& at = *descriptor(call);
  const auto done = stack_.listen(at.id, static_cast<std::size_t>(number(call, 1)), now_);
  if (done && std::ranges::find(listeners_, at.id) == listeners_.end()) listeners_.push_back(at.id);
  offer_rings();
  return result_of(done);
}

std::string PacketRunner::call_accept(const Call& call) {
  const auto accepted = stack_.accept(descriptor(call)->id);
  if (!accepted) return name_of(accepted.error());
  TcpApp* app = tcp_.at(accepted->owner).get();
  app->id = accepted->socket;
  const std::string result = call.result.value_or("4");
  descriptors_[std::atoi(result.c_str())] = {.tcp = app, .id = accepted->socket};
  return result;
}

std::string PacketRunner::call_connect(const Call& call) {
  Descriptor& at = *descriptor(call);
  const auto remote = parse_script_endpoint(argument(call, 1));
  if (!remote) return "bad address";
  const tcp::Rings rings = at.tcp != nullptr ? at.tcp->rings() : at.udp->rings();
  const auto opening =
      argument(call, 2) == "MSG_FASTOPEN" ? Stack::Opening::with_text : Stack::Opening::usual;
  const auto done = stack_.connect(at.id, *remote, rings, opening, now_);
  const auto local = stack_.local_name(at.id);
  if (done || done.error() == SockError::in_progress) {
    current_ = {*local, *remote};
    numberings_[current_] = {};
  }
  return result_of(done);
}

std::string PacketRunner::call_write(const Call& call) {
  Descriptor& at = *descriptor(call);
  const auto size = static_cast<std::size_t>(number(call, 1));
  if (at.udp != nullptr) {
    if (const SockError error = stack_.take_error(at.id); error != SockError::none)
      return name_of(error);
    return at.udp->send(octets(0, size), std::nullopt) ? std::to_string(size) : "EAGAIN";
  }
  const SocketStatus status = at.tcp->status();
  if (status.error != SockError::none) return name_of(at.tcp->take_error());
  if (status.transmit_closed) return "EPIPE";
  if (status.connecting && !status.waits_for_text) return "EAGAIN";
  if (!status.connected && !status.connecting) return "EPIPE";
  const std::size_t written = at.tcp->write(octets(at.written, size));
  at.written += written;
  return written == 0 && size > 0 ? "EAGAIN" : std::to_string(written);
}

std::string PacketRunner::call_send(const Call& call) {
  Descriptor& at = *descriptor(call);
  if (argument(call, 2) != "MSG_OOB" || at.tcp == nullptr) return "bad flag";
  const std::string result = call_write(call);
  const auto marked = stack_.send_urgent(at.id, at.written, now_);
  return marked ? result : name_of(marked.error());
}

std::string PacketRunner::call_sendto(const Call& call) {
  Descriptor& at = *descriptor(call);
  const auto to = parse_script_endpoint(argument(call, 2));
  if (!to || at.udp == nullptr) return "bad address";
  if (const SockError error = stack_.take_error(at.id); error != SockError::none)
    return name_of(error);
  const auto size = static_cast<std::size_t>(number(call, 1));
  if (!at.udp->send(octets(0, size), to)) return "EAGAIN";
  pump();
  if (const SockError error = stack_.take_error(at.id); error != SockError::none)
    return name_of(error);
  if (const auto local = stack_.local_name(at.id)) current_.local.port = local->port;
  return std::to_string(size);
}

std::string PacketRunner::call_read(const Call& call) {
  Descriptor& at = *descriptor(call);
  return at.udp != nullptr ? read_datagram(at)
                           : read_stream(at, static_cast<std::size_t>(number(call, 1)));
}

std::string PacketRunner::read_stream(Descriptor& from, std::size_t most) {
  std::vector<std::byte> bytes(std::min(most, from.tcp->readable()));
  if (!bytes.empty()) {
    from.tcp->read(bytes);
    if (bytes != octets(from.read, bytes.size())) return "other octets than were sent";
    from.read += bytes.size();
    return std::to_string(bytes.size());
  }
  const SocketStatus status = from.tcp->status();
  if (status.error != SockError::none) return name_of(from.tcp->take_error());
  if (status.receive_closed) return "0";
  return status.connected || status.connecting ? "EAGAIN" : "ENOTCONN";
}

std::string PacketRunner::read_datagram(Descriptor& from) {
  if (const SockError error = stack_.take_error(from.id); error != SockError::none)
    return name_of(error);
  const auto datagram = from.udp->receive();
  if (!datagram) return "EAGAIN";
  if (datagram->payload != octets(0, datagram->payload.size()))
    return "other octets than were sent";
  return std::to_string(datagram->payload.size());
}

std::string PacketRunner::call_setsockopt(const Call& call) {
  const auto known = std::ranges::find(kOptions, argument(call, 1), &OptionName::name);
  if (known == kOptions.end()) return "ENOPROTOOPT";
  const std::int64_t value = number(call, 2);
  return result_of(stack_.set_option(descriptor(call)->id, known->option,
                                     value < 0 ? value : value * known->unit, now_));
}

std::string PacketRunner::call_getsockopt(const Call& call) {
  const Descriptor& at = *descriptor(call);
  if (argument(call, 1) == "SO_ERROR") {
    const SockError pending = stack_.take_error(at.id);
    return name_of(pending != SockError::none ? pending : stack_.take_soft_error(at.id));
  }
  if (argument(call, 1) == "IP_MTU") {
    const auto mtu = stack_.path_mtu(at.id, now_);
    return mtu ? std::to_string(*mtu) : name_of(mtu.error());
  }
  const auto known = std::ranges::find(kOptions, argument(call, 1), &OptionName::name);
  if (known == kOptions.end()) return "ENOPROTOOPT";
  const auto value = stack_.get_option(at.id, known->option);
  return value ? std::to_string(*value / known->unit) : name_of(value.error());
}

std::string PacketRunner::call_shutdown(const Call& call) {
  Stack::Shutdown how = Stack::Shutdown::both;
  if (argument(call, 1) == "SHUT_RD") how = Stack::Shutdown::receive;
  if (argument(call, 1) == "SHUT_WR") how = Stack::Shutdown::transmit;
  return result_of(stack_.shutdown(descriptor(call)->id, how, now_));
}

std::string PacketRunner::call_close(const Call& call) {
  Descriptor& at = *descriptor(call);
  std::erase(listeners_, at.id);
  if (at.tcp != nullptr) {
    at.tcp->close();
  } else {
    at.udp->close();
  }
  return "0";
}

// --- What must be true ---------------------------------------------------------------------------

std::string PacketRunner::check_claim(const Claim& claim) {
  const auto found = descriptors_.find(claim.descriptor);
  if (found == descriptors_.end()) return "no such descriptor";
  const Descriptor& at = found->second;
  if (claim.about == "state") {
    std::string state{"gone"};
    for (const SocketRow& row : stack_.sockets()) {
      if (row.socket == at.id) state = row.state;
    }
    if (state == claim.words[0]) return "";
    return "expected: state " + claim.words[0] + "\n  got:      " + state;
  }
  for (std::size_t i = 0; i < claim.words.size(); ++i) {
    const std::string next = i + 1 < claim.words.size() ? claim.words[i + 1] : std::string{};
    const bool pair = claim.about == "info" || claim.words[i] == "unread";
    const std::string problem = claim.about == "info" ? check_info(at, claim.words[i], next)
                                                      : check_word(at, claim.words[i], next);
    if (!problem.empty()) return problem;
    if (pair) ++i;
  }
  return "";
}

std::string PacketRunner::check_word(const Descriptor& at, const std::string& word,
                                     const std::string& argument) {
  const SocketStatus status = stack_.status(at.id).value_or(SocketStatus{.failed = true});
  const std::uint64_t unread = status.receive_tail - at.read;
  if (word == "unread")
    return std::to_string(unread) == argument
               ? ""
               : "expected: " + argument + " unread\n  got:      " + std::to_string(unread);
  const bool negative = word.front() == '!';
  const std::string name = negative ? word.substr(1) : word;
  bool is = false;
  if (name == "readable") is = unread > 0 || status.receive_closed;
  if (name == "writable")
    is = status.transmit_closed || (status.connected && at.tcp != nullptr && at.tcp->room() > 0);
  if (name == "connected") is = status.connected && !status.failed;
  if (name == "error") is = status.error != SockError::none;
  if (name == "hup") is = status.failed || (status.receive_closed && status.transmit_closed);
  if (name == "rdhup") is = status.receive_closed;
  if (name == "urgent") is = status.urgent_mark && *status.urgent_mark >= at.read;
  if (name == "failed") is = status.failed;
  return is != negative ? "" : "expected: " + word + "\n  got:      the opposite";
}

std::string PacketRunner::check_info(const Descriptor& at, const std::string& field,
                                     const std::string& value) {
  const auto info = stack_.info(at.id);
  if (!info) return "expected: a connection\n  got:      " + name_of(info.error());
  const std::map<std::string, std::int64_t> fields{
      {"rto", info->rto.count()},
      {"srtt", info->srtt.count()},
      {"rttvar", info->rttvar.count()},
      {"cwnd", info->congestion_window},
      {"ssthresh", info->slow_start_threshold},
      {"mss", info->send_mss},
      {"in_flight", info->in_flight},
      {"window", info->send_window},
  };
  const auto known = fields.find(field);
  if (known == fields.end()) return "no such field: " + field;
  const bool time = field == "rto" || field == "srtt" || field == "rttvar";
  const auto expected = std::llround(std::atof(value.c_str()) * (time ? 1e6 : 1.0));
  if (expected == known->second) return "";
  return "expected: " + field + " " + value + "\n  got:      " + std::to_string(known->second);
}

}  // namespace zsock::test
