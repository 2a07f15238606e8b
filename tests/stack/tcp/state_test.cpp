// RFC 9293 3.3.2
#include "daemon/stack/tcp/state.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace zsock::tcp {
namespace {

constexpr State kAll[] = {State::closed,      State::syn_sent,   State::syn_received,
                          State::established, State::fin_wait_1, State::fin_wait_2,
                          State::close_wait,  State::closing,    State::last_ack,
                          State::time_wait};

TEST(TcpState, NamesAreTheRfcs) {
  EXPECT_STREQ(name(State::syn_received), "SYN-RECEIVED");
  EXPECT_STREQ(name(State::fin_wait_2), "FIN-WAIT-2");
  std::set<std::string> names;
  for (const State state : kAll) names.insert(name(state));
  EXPECT_EQ(names.size(), 10U);
}

// RFC 9293 figure 5, as a list of its own; INV-7
TEST(TcpState, EdgesAreThoseOfFigure5) {
  using enum State;
  const std::set<std::pair<State, State>> edges{
      {closed, syn_sent},        {closed, syn_received},      {syn_sent, syn_received},
      {syn_sent, established},   {syn_received, established}, {syn_received, fin_wait_1},
      {established, fin_wait_1}, {established, close_wait},   {fin_wait_1, fin_wait_2},
      {fin_wait_1, closing},     {fin_wait_1, time_wait},     {fin_wait_2, time_wait},
      {closing, time_wait},      {close_wait, last_ack}};
  for (const State from : kAll) {
    for (const State to : kAll) {
      const bool expected = edges.contains({from, to}) || (to == closed && from != closed);
      EXPECT_EQ(has_edge(from, to), expected) << name(from) << " to " << name(to);
    }
  }
}

TEST(TcpState, SynchronizedMeansBothSidesAgreed) {
  for (const State state : kAll) {
    const bool expected =
        state != State::closed && state != State::syn_sent && state != State::syn_received;
    EXPECT_EQ(is_synchronized(state), expected) << name(state);
  }
}

}  // namespace
}  // namespace zsock::tcp
