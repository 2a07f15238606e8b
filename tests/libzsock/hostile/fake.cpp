/// \file
/// The fake daemon's face for C.

#include "tests/libzsock/hostile/fake.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>

#include "tests/libzsock/fake_daemon.h"

namespace zsock::test {
namespace {

std::unique_ptr<FakeDaemon> running;
std::atomic<int> delay{0};  // ms
std::atomic<unsigned> requests{0};

void watch(FakeDaemon& daemon) {
  daemon.answer_with([](const ipc::Request&) -> std::optional<int> {
    ++requests;
    const int milliseconds = delay;
    if (milliseconds > 0) std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    return std::nullopt;
  });
}

FakeSocket& socket_of(int sock) {
  struct stat facts {};
  FakeSocket* found = ::fstat(sock, &facts) == 0 ? running->find(facts.st_ino) : nullptr;
  if (found == nullptr) {
    std::fprintf(stderr, "the fake daemon does not know descriptor %d\n", sock);
    std::abort();
  }
  return *found;
}

constexpr std::uint64_t kBeyond = std::uint64_t{1} << 40;

DatagramHeader header_of(std::uint32_t size) {
  DatagramHeader header;
  header.family = 4;
  header.remote = {192, 0, 2, 2};
  header.remote_port = 4711;
  header.payload_size = header.full_size = size;
  return header;
}

void send_accept_lie(FakeSocket& listener) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) std::abort();
  ipc::AcceptMessage message;
  message.slot = 0xfffffff0;
  message.generation = 1;
  static_cast<void>(listener.send_accept(message, ends[1]));
  ::close(ends[0]);
  ::close(ends[1]);
}

template <class Change>
void misplace(ipc::StatusSlot& shown, Change change) {
  for (ipc::ShownPlace* ring : {&shown.receive, &shown.transmit}) {
    ipc::RingPlace place = ring->snapshot();
    change(place);
    ring->publish(place);
  }
}

void lie(FakeSocket& socket, fake_lie what) {
  ipc::StatusSlot& shown = socket.shown();
  switch (what) {
    case FAKE_RECEIVE_TAIL:
      return socket.corrupt_receive_tail(shown.receive_tail.snapshot() + kBeyond);
    case FAKE_TRANSMIT_HEAD:
      return shown.transmit_head.publish(shown.transmit_head.snapshot() + kBeyond);
    case FAKE_RING_ORDER:
      return misplace(shown, [](ipc::RingPlace& place) { place.order = 63; });
    case FAKE_RING_OFFSET:
      return misplace(shown, [](ipc::RingPlace& place) { place.offset = kBeyond; });
    case FAKE_RING_SEGMENT:
      return misplace(shown, [](ipc::RingPlace& place) { place.segment = 0xffff0000; });
    case FAKE_ALL_FLAGS:
      return shown.flags.publish(0xffffffff);
    case FAKE_NO_FLAGS:
      return shown.flags.publish(0);
    case FAKE_GENERATION:
      return shown.generation.publish(shown.generation.snapshot() + 1);
    case FAKE_URGENT:
      return socket.set_urgent_mark(kBeyond);
    case FAKE_ERROR:
      return socket.report(0x7ffffff0);
    case FAKE_HEADER:
      return socket.deliver(header_of(0xfffffff0), "");
    case FAKE_TOKENS:
      return socket.send_stray_token();
    case FAKE_ACCEPT_SLOT:
      return send_accept_lie(socket);
    case FAKE_ACCEPT_SHORT:
      return socket.send_octets(std::string(sizeof(ipc::AcceptMessage) / 2, 'a'));
    case FAKE_LIES:
      break;
  }
}

}  // namespace
}  // namespace zsock::test

using namespace zsock::test;  // NOLINT(google-build-using-namespace): the edge to C

void fake_start() {
  delay = 0;
  running = std::make_unique<FakeDaemon>();
  watch(*running);
}
void fake_vanish() {
  running->vanish();
}
void fake_restart() {
  const std::string path = running->path();
  running.reset();
  running = std::make_unique<FakeDaemon>(path);
  watch(*running);
}
void fake_stop() {
  running.reset();
}
void fake_be_slow(int milliseconds) {
  delay = milliseconds;
}
unsigned fake_requests() {
  return requests;
}
void fake_answer_badly(fake_manner manner) {
  constexpr std::array kManners{Manner::hang_up, Manner::wrong_size, Manner::wrong_magic,
                                Manner::wrong_sequence, Manner::surplus_fds};
  running->behave(kManners.at(manner));
}
void fake_establish(int sock) {
  socket_of(sock).establish();
}
void fake_deliver(int sock, const char* text) {
  socket_of(sock).deliver(text);
}
void fake_deliver_datagram(int sock, const char* text) {
  const std::string payload(text);
  socket_of(sock).deliver(header_of(static_cast<std::uint32_t>(payload.size())), payload);
}
int fake_collect(int sock) {
  return static_cast<int>(socket_of(sock).collect().size());
}
void fake_offer(int listener) {
  running->offer_connection(socket_of(listener));
}
int fake_waits(int sock) {
  return socket_of(sock).unread_in_end() > 1 ? 1 : 0;
}
void fake_tell_lie(int sock, fake_lie what) {
  lie(socket_of(sock), what);
}
const char* fake_lie_name(fake_lie what) {
  constexpr std::array<const char*, FAKE_LIES> kNames{
      "receive tail", "transmit head", "ring order",  "ring offset", "ring segment",
      "all flags",    "no flags",      "generation",  "urgent mark", "error",
      "header",       "tokens",        "accept slot", "accept short"};
  return kNames.at(what);
}
