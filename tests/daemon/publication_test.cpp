#include "daemon/publication.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "daemon/dirty_set.h"
#include "libzsock/ipc/layout.h"

namespace zsock::host {
namespace {

namespace flag = ipc::status_flag;

Shown connected() {
  Shown shown;
  shown.flags = flag::kConnected | flag::kBound;
  return shown;
}

SocketStatus established() {
  SocketStatus status;
  status.connected = true;
  return status;
}

TEST(PublicationTokens, AreForWhatCanBeRead) {
  SocketStatus status = established();
  EXPECT_FALSE(plan_publication(status, connected(), false).new_data);
  status.transmit_head = 10;
  EXPECT_FALSE(plan_publication(status, connected(), false).new_data);
  status.receive_tail = 1;
  EXPECT_TRUE(plan_publication(status, connected(), false).new_data);
  EXPECT_TRUE(plan_publication(established(), connected(), true).token);
}

TEST(PublicationConnect, EndTakesThePlugInEitherWay) {
  Shown before;
  before.flags = flag::kConnecting;
  EXPECT_TRUE(plan_publication(established(), before, false).take_plug);
  SocketStatus failed;
  failed.failed = true;
  const Publication plan = plan_publication(failed, before, true);
  EXPECT_TRUE(plan.take_plug);
  EXPECT_TRUE(plan.token);
  EXPECT_EQ(plan.end, EndAction::none);  // it may connect again
  SocketStatus going_on;
  going_on.connecting = true;
  EXPECT_FALSE(plan_publication(going_on, before, false).take_plug);
}

TEST(PublicationEnd, FollowsTheTableOfStates) {
  SocketStatus status = established();
  status.receive_closed = true;
  Publication plan = plan_publication(status, connected(), false);
  EXPECT_EQ(plan.end, EndAction::shut_down_writing);
  EXPECT_EQ(plan_publication(status, plan.shown, false).end, EndAction::none);
  status.transmit_closed = true;
  EXPECT_EQ(plan_publication(status, plan.shown, false).end, EndAction::none);
  status.fin_acknowledged = true;
  plan = plan_publication(status, plan.shown, false);
  EXPECT_EQ(plan.end, EndAction::close_clean);
  EXPECT_NE(plan.shown.flags & flag::kDetached, 0U);
}

TEST(PublicationEnd, FailureOfAConnectionIsAReset) {
  SocketStatus status;
  status.failed = true;
  status.receive_closed = true;
  const Publication plan = plan_publication(status, connected(), true);
  EXPECT_EQ(plan.end, EndAction::close_reset);
  EXPECT_NE(plan.shown.flags & (flag::kDetached | flag::kFailed), 0U);
}

TEST(PublicationEnd, DatagramSocketsAndListenersAreNeverDetached) {
  SocketStatus status;
  status.kind = SocketKind::udp;
  status.failed = status.receive_closed = status.fin_acknowledged = status.connected = true;
  EXPECT_EQ(plan_publication(status, {}, true).end, EndAction::none);
  status.kind = SocketKind::tcp;
  status.listening = true;
  EXPECT_EQ(plan_publication(status, {}, true).end, EndAction::none);
}

TEST(PublicationRoom, AThirdIsWorthAWake) {
  EXPECT_TRUE(worth_waking_writer(0, 0, 4096));
  EXPECT_TRUE(worth_waking_writer(1366, 4096, 4096));
  EXPECT_FALSE(worth_waking_writer(1365, 4096, 4096));
  EXPECT_FALSE(worth_waking_writer(5, 4, 4096));
}

// TCP_NOTSENT_LOWAT
TEST(PublicationRoom, UnsentOctetsLimitIt) {
  SocketStatus status = established();
  EXPECT_EQ(plan_publication(status, {}, false).shown.flags & flag::kLimitsUnsent, 0U);
  status.unsent_limit = 1000;
  status.transmit_next = 77;
  const Shown shown = plan_publication(status, {}, false).shown;
  EXPECT_NE(shown.flags & flag::kLimitsUnsent, 0U);
  EXPECT_EQ(shown.unsent_limit, 1000U);
  EXPECT_EQ(shown.transmit_next, 77U);

  EXPECT_EQ(ipc::room_below(1000, 999), 65536U) << "a whole super-segment";
  EXPECT_EQ(ipc::room_below(1000, 1000), 0U);
  EXPECT_EQ(ipc::room_below(100000, 0), 100000U);
  EXPECT_TRUE(ipc::well_below(1000, 499));
  EXPECT_FALSE(ipc::well_below(1000, 500));
  EXPECT_TRUE(ipc::well_below(1, 0));
  EXPECT_FALSE(ipc::well_below(~0U, std::uint64_t{1} << 63U)) << "an index that lies";
}

TEST(DirtySetTurns, GoRoundWithoutStarvingAnybody) {
  DirtySet set;
  for (const std::uint32_t slot : {5U, 70U, 16383U}) set.add(slot);
  EXPECT_EQ(set.next(), 5U);
  set.add(5);
  EXPECT_EQ(set.next(), 70U);
  EXPECT_EQ(set.next(), 16383U);
  EXPECT_EQ(set.next(), 5U);
  EXPECT_EQ(set.next(), std::nullopt);
  EXPECT_TRUE(set.empty());
}

TEST(DirtySetGather, TakesWhatIsMarkedOnce) {
  auto page = std::make_unique<ipc::DataPage>();
  page->dirty[3].set_bits(6);
  page->dirty[200].set_bits(1);  // without its summary: not looked for
  EXPECT_FALSE(DirtySet::marked(*page));
  page->summary[0].set_bits(8);
  EXPECT_TRUE(DirtySet::marked(*page));
  DirtySet set;
  set.gather(*page);
  EXPECT_FALSE(DirtySet::marked(*page));
  EXPECT_EQ(set.next(), 193U);
  EXPECT_EQ(set.next(), 194U);
  EXPECT_EQ(set.next(), std::nullopt);
}

TEST(DirtySetGather, EveryBitIsASlot) {
  auto page = std::make_unique<ipc::DataPage>();
  for (auto& word : page->summary) word.publish(~std::uint64_t{0});
  for (auto& word : page->dirty) word.publish(~std::uint64_t{0});
  DirtySet set;
  set.gather(*page);
  std::uint32_t expected = 0;
  while (const auto slot = set.next()) EXPECT_EQ(*slot, expected++);
  EXPECT_EQ(expected, ipc::kSlots);
}

}  // namespace
}  // namespace zsock::host
