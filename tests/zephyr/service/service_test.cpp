#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "libzsock/zephyr/native.h"
#include "tests/zephyr/service/services.h"

namespace {

/// What handlers saw, and what they do.
struct Seen {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<net_socket_service_event> events;
  std::deque<std::thread::id> threads;
  std::function<void(net_socket_service_event*)> action;
};
Seen& seen = *new Seen;  // the dispatcher outlives static objects

net_socket_service_event next_event() {
  std::unique_lock lock(seen.mutex);
  seen.changed.wait(lock, [] { return !seen.events.empty(); });
  const net_socket_service_event event = seen.events.front();
  seen.events.pop_front();
  return event;
}

char take_octet(int fd) {
  char octet = 0;
  return recv(fd, &octet, 1, MSG_DONTWAIT) == 1 ? octet : '\0';
}

struct Pair {
  int ends[2] = {-1, -1};
  Pair() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0); }
  ~Pair() {
    for (const int end : ends) {
      if (end >= 0) ::close(end);
    }
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  [[nodiscard]] zsock_pollfd watched() const { return {ends[0], ZSOCK_POLLIN, 0}; }
  void send(char octet) const { EXPECT_EQ(write(ends[1], &octet, 1), 1); }
};

struct ZephyrService : testing::Test {
  // Members, so that they are there until the services have been emptied.
  Pair first, second, third;
  zsock_pollfd fds[2] = {first.watched(), second.watched()};
  bool done = false;
  void SetUp() override {
    act([](net_socket_service_event* event) { take_octet(event->event.fd); });
  }
  void TearDown() override {
    for (const auto* service :
         {&service_one, &service_of_archive, static_service(), old_form(), async_form()}) {
      EXPECT_EQ(net_socket_service_unregister(service), 0);
    }
    settle();
    const std::lock_guard lock(seen.mutex);
    seen.events.clear();
    seen.threads.clear();
  }
  static void act(std::function<void(net_socket_service_event*)> action) {
    const std::lock_guard lock(seen.mutex);
    seen.action = std::move(action);
  }
  // Returns when what was written before has been served: an event of a service of its own.
  static void settle() {
    act([](net_socket_service_event* event) { take_octet(event->event.fd); });
    const Pair pair;
    zsock_pollfd fds[] = {pair.watched()};
    ASSERT_EQ(net_socket_service_register(&service_of_archive, fds, 1, nullptr), 0);
    pair.send('x');
    while (next_event().svc != &service_of_archive) {
    }
    EXPECT_EQ(net_socket_service_unregister(&service_of_archive), 0);
  }
  static std::size_t events_waiting() {
    const std::lock_guard lock(seen.mutex);
    return seen.events.size();
  }
};

TEST_F(ZephyrService, HandlerGetsACopyWithSocketEventAndUserData) {
  int mine = 0;
  fds[1].fd = -1;
  ASSERT_EQ(net_socket_service_register(&service_one, fds, 1, &mine), 0);
  fds[0].fd = 77;  // was copied
  first.send('a');
  const net_socket_service_event event = next_event();
  EXPECT_EQ(event.event.fd, first.ends[0]);
  EXPECT_EQ(event.event.events, ZSOCK_POLLIN);
  EXPECT_EQ(event.event.revents, ZSOCK_POLLIN);
  EXPECT_EQ(event.user_data, &mine);
  EXPECT_EQ(event.svc, &service_one);
}

TEST_F(ZephyrService, TheOldFormOfHandlersIsServed) {
  fds[0].fd = -1;
  fds[1] = first.watched();
  ASSERT_EQ(net_socket_service_register(old_form(), fds, 2, nullptr), 0);
  first.send('a');
  const net_socket_service_event event = next_event();
  EXPECT_EQ(event.event.fd, first.ends[0]);
  EXPECT_STREQ(event.svc->name, "service_old");
  ASSERT_EQ(net_socket_service_register(async_form(), &fds[1], 1, nullptr), 0);
  ASSERT_EQ(net_socket_service_unregister(old_form()), 0);
  first.send('b');
  EXPECT_STREQ(next_event().svc->name, "service_async");
}

TEST_F(ZephyrService, AllServicesHaveOneThread) {
  const Pair* const pairs[] = {&first, &second, &third};
  const net_socket_service_desc* const services[] = {&service_one, static_service(),
                                                     &service_of_archive};
  for (int i = 0; i < 3; ++i) {
    fds[0] = pairs[i]->watched();
    ASSERT_EQ(net_socket_service_register(services[i], fds, 1, nullptr), 0);
    pairs[i]->send('a');
  }
  for (int i = 0; i < 3; ++i) next_event();
  const std::lock_guard lock(seen.mutex);
  ASSERT_EQ(seen.threads.size(), 3U);
  EXPECT_EQ(seen.threads[0], seen.threads[1]);
  EXPECT_EQ(seen.threads[0], seen.threads[2]);
  EXPECT_NE(seen.threads[0], std::this_thread::get_id());
}

TEST_F(ZephyrService, WhatIsNotReadIsToldAgain) {
  fds[1].fd = -1;
  ASSERT_EQ(net_socket_service_register(&service_one, fds, 1, nullptr), 0);
  first.send('a');
  first.send('b');
  next_event();
  next_event();
  settle();
  EXPECT_EQ(events_waiting(), 0U);
}

TEST_F(ZephyrService, HangUpsAndBadDescriptorsAreTold) {
  fds[0].events = 0;
  act([](net_socket_service_event* event) { net_socket_service_unregister(event->svc); });
  ASSERT_EQ(net_socket_service_register(&service_one, fds, 1, nullptr), 0);
  ::close(first.ends[1]);
  first.ends[1] = -1;
  EXPECT_NE(next_event().event.revents & ZSOCK_POLLHUP, 0);
  fds[0].fd = 1000;
  ASSERT_EQ(net_socket_service_register(&service_one, fds, 1, nullptr), 0);
  EXPECT_EQ(next_event().event.revents, ZSOCK_POLLNVAL);
}

TEST_F(ZephyrService, ARegistrationReplacesTheOneBefore) {
  fds[0].fd = -1;
  fds[1] = first.watched();
  ASSERT_EQ(net_socket_service_register(&service_one, fds, 2, nullptr), 0);
  fds[0] = second.watched();
  ASSERT_EQ(net_socket_service_register(&service_one, fds, 1, nullptr), 0);
  first.send('a');
  second.send('b');
  EXPECT_EQ(next_event().event.fd, second.ends[0]);
  settle();
  EXPECT_EQ(events_waiting(), 0U);
  EXPECT_EQ(take_octet(first.ends[0]), 'a');
}

TEST_F(ZephyrService, TooManySocketsAreRefusedAndTheServiceIsEmpty) {
  zsock_pollfd four[] = {first.watched(), {-1, 0, 0}, {-1, 0, 0}, {-1, 0, 0}};
  ASSERT_EQ(net_socket_service_register(&service_one, four, 3, nullptr), 0);
  EXPECT_EQ(net_socket_service_register(&service_one, four, 4, nullptr), -ENOMEM);
  first.send('a');
  settle();
  EXPECT_EQ(events_waiting(), 0U);
}

TEST_F(ZephyrService, WhatIsNoServiceIsNotFound) {
  const net_socket_service_desc stranger{};
  EXPECT_EQ(net_socket_service_register(&stranger, nullptr, 0, nullptr), -ENOENT);
  EXPECT_EQ(net_socket_service_unregister(&stranger), -ENOENT);
  EXPECT_EQ(net_socket_service_close(&stranger), -ENOENT);
}

TEST_F(ZephyrService, UnregisterLeavesSocketsOpenCloseDoesNot) {
  fds[1].fd = -1;
  ASSERT_EQ(net_socket_service_register(&service_one, fds, 1, nullptr), 0);
  ASSERT_EQ(net_socket_service_unregister(&service_one), 0);
  settle();
  EXPECT_NE(fcntl(first.ends[0], F_GETFD), -1);
  ASSERT_EQ(net_socket_service_register(&service_one, fds, 1, nullptr), 0);
  ASSERT_EQ(net_socket_service_close(&service_one), 0);
  char octet = 0;
  EXPECT_EQ(read(first.ends[1], &octet, 1), 0);  // returns when the dispatcher has closed it
  first.ends[0] = -1;
}

TEST_F(ZephyrService, CloseFromTheHandler) {
  fds[1].fd = -1;
  act([](net_socket_service_event* event) { net_socket_service_close(event->svc); });
  ASSERT_EQ(net_socket_service_register(&service_one, fds, 1, nullptr), 0);
  first.send('a');
  next_event();
  char octet = 0;
  EXPECT_LE(read(first.ends[1], &octet, 1), 0);  // end, or reset: 'a' was not read
  first.ends[0] = -1;
}

// The documented way to drop a client: -1, register, close.
TEST_F(ZephyrService, ASocketRemovedByTheHandlerIsNotServedAgain) {
  act([&](net_socket_service_event* event) {
    take_octet(event->event.fd);
    zsock_pollfd none[] = {{-1, ZSOCK_POLLIN, 0}, {-1, ZSOCK_POLLIN, 0}};
    net_socket_service_register(event->svc, none, 2, nullptr);
  });
  first.send('a');
  second.send('b');
  ASSERT_EQ(net_socket_service_register(&service_one, fds, 2, nullptr), 0);
  EXPECT_EQ(next_event().event.fd, first.ends[0]);
  settle();
  EXPECT_EQ(events_waiting(), 0U);  // the second was ready as well
}

// A handler that registers each time must not keep the sockets behind it from their turn.
TEST_F(ZephyrService, AHandlerThatRegistersEachTimeDoesNotStarveOthers) {
  act([&](net_socket_service_event* event) {
    if (event->event.fd == second.ends[0]) take_octet(event->event.fd);
    net_socket_service_register(event->svc, fds, 2, nullptr);
  });
  first.send('a');  // never read
  second.send('b');
  ASSERT_EQ(net_socket_service_register(&service_one, fds, 2, nullptr), 0);
  while (next_event().event.fd != second.ends[0]) {
  }
}

// The number of a socket that a handler closed may belong to another one by now.
TEST_F(ZephyrService, AReusedDescriptorIsNotServedWithWhatTheOldOneHad) {
  act([&](net_socket_service_event* event) {
    take_octet(event->event.fd);
    if (done) return;
    done = true;
    ASSERT_EQ(dup2(third.ends[0], second.ends[0]), second.ends[0]);
    net_socket_service_register(event->svc, fds, 2, nullptr);
  });
  first.send('a');
  second.send('b');
  ASSERT_EQ(net_socket_service_register(&service_one, fds, 2, nullptr), 0);
  EXPECT_EQ(next_event().event.fd, first.ends[0]);
  settle();
  EXPECT_EQ(events_waiting(), 0U);
  third.send('c');
  act([](net_socket_service_event* event) { take_octet(event->event.fd); });
  EXPECT_EQ(next_event().event.fd, second.ends[0]);
}

TEST_F(ZephyrService, EveryServiceIsFound) {
  std::string names;
  net_socket_service_foreach(
      [](const net_socket_service_desc* service, void* text) {
        *static_cast<std::string*>(text) += std::string(service->name) + ' ';
      },
      &names);
  for (const char* const name :
       {"service_one ", "service_static ", "service_old ", "service_of_archive "}) {
    EXPECT_NE(names.find(name), std::string::npos) << names;
  }
}

void exit_if_refused() {
  static zsock_service_section small{&service_one + 100, &service_one + 100, 8, nullptr};
  zsock_service_announce(&small);  // the test has 8 sockets; one more is for the dispatcher
  const bool refused = net_socket_service_unregister(&service_one) == -EIO;
  _exit(refused && net_socket_service_unregister(&service_one) == -EIO ? 0 : 1);
}

// In a process of its own, where the dispatcher has not started yet.
TEST(ZephyrServiceLimitsDeathTest, ServicesBeyondThePollLimitGetNoDispatcher) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(exit_if_refused(), testing::ExitedWithCode(0),
              "CONFIG_ZVFS_POLL_MAX is 8, the socket services need 9");
}

TEST(ZephyrInit, FunctionsRunOnceBeforeMainInOrder) {
  EXPECT_EQ(how_often_initialised(), 1);
  EXPECT_EQ(order_of_initialisation(), 123);
}

}  // namespace

void note_event(net_socket_service_event* event) {
  std::function<void(net_socket_service_event*)> action;
  {
    const std::lock_guard lock(seen.mutex);
    action = seen.action;
  }
  action(event);
  const std::lock_guard lock(seen.mutex);
  seen.events.push_back(*event);
  seen.threads.push_back(std::this_thread::get_id());
  seen.changed.notify_all();
}
