#pragma once
/// \file
/// RFC 6724 6: which of a name's addresses is tried first.

#include <span>

#include "libzsock/resolver/question.h"

namespace zsock::lib {

/// An address and the one that would be talked from.
struct Candidate {
  resolver::Address destination{};
  resolver::Address source{};  ///< AF_UNSPEC: there is no way to it
};

/// Puts the best first (rules 1, 2, 5, 6, 8, 9; there are no deprecated, home or tunnel addresses
/// here); what is alike keeps its order (rule 10).
void order_candidates(std::span<Candidate> candidates);

/// Orders by asking the stack, with a datagram socket that sends nothing, what it would talk from.
void order_addresses(std::span<resolver::Address> addresses);

}  // namespace zsock::lib
