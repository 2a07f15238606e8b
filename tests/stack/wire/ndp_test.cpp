#include "daemon/stack/wire/ndp.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/octets.h"

namespace zsock::wire {
namespace {

using test::octets;
using test::Octets;

const IpAddress kUs = *IpAddress::parse("2001:db8::2");
const IpAddress kPeer = *IpAddress::parse("2001:db8::1");
const IpAddress kNode = *IpAddress::parse("ff02::1:ff00:2");
const IpAddress kAllNodes = *IpAddress::parse("ff02::1");
const IpAddress kUnspecified = IpAddress::any(Family::ipv6);

const auto kTarget = octets("20010db8 00000000 00000000 00000002");
const auto kMulticastTarget = octets("ff020000 00000000 00000000 00000002");
const auto kSourceOption = octets("0101 020000000001");
const auto kTargetOption = octets("0201 020000000002");
const auto kNonceOption = octets("0e01 a1a2a3a4a5a6");

const auto kSolicitation = octets("8700 1c27 00000000") + kTarget + kSourceOption;
const auto kProbe = octets("8700 53f4 00000000") + kTarget + kNonceOption;
const auto kAdvertisement = octets("8800 8a71 60000000") + kTarget + kTargetOption;

Result<NeighborSolicitation, ParseError> solicitation(const Octets& body,
                                                      const NdpContext& context = {kPeer, kNode,
                                                                                   255}) {
  return NeighborSolicitation::parse({.type = 135, .payload = body}, context);
}

Result<NeighborAdvertisement, ParseError> advertisement(std::uint32_t flags, const Octets& body,
                                                        const NdpContext& context = {kPeer, kUs,
                                                                                     255}) {
  return NeighborAdvertisement::parse({.type = 136, .rest = flags, .payload = body}, context);
}

// RFC 4861 4.3
TEST(NeighborSolicitation, ParsesAndEmitsTheSameOctets) {
  const auto icmp = Icmpv6::parse(kSolicitation, kPeer, kNode);
  ASSERT_TRUE(icmp);
  const auto parsed = NeighborSolicitation::parse(*icmp, {kPeer, kNode, 255});
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->target, kUs);
  EXPECT_EQ(parsed->source_link_address->to_string(), "02:00:00:00:00:01");
  EXPECT_FALSE(parsed->nonce);
  Octets out(NeighborSolicitation::kMaxSize);
  out.resize(parsed->emit(out, kPeer, kNode));
  EXPECT_EQ(out, kSolicitation);
}

// RFC 4862 5.4.2, RFC 7527 4.1; req: ND-4
TEST(NeighborSolicitation, ParsesAndEmitsAProbeWithNonce) {
  const auto icmp = Icmpv6::parse(kProbe, kUnspecified, kNode);
  ASSERT_TRUE(icmp);
  const auto parsed = NeighborSolicitation::parse(*icmp, {kUnspecified, kNode, 255});
  ASSERT_TRUE(parsed);
  EXPECT_FALSE(parsed->source_link_address);
  EXPECT_EQ(parsed->nonce, (std::array<std::uint8_t, 6>{0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6}));
  Octets out(NeighborSolicitation::kMaxSize);
  out.resize(parsed->emit(out, kUnspecified, kNode));
  EXPECT_EQ(out, kProbe);
}

TEST(NeighborSolicitation, EmitsBothOptions) {
  const NeighborSolicitation given{.target = kUs,
                                   .source_link_address = MacAddr{{2, 0, 0, 0, 0, 1}},
                                   .nonce = std::array<std::uint8_t, 6>{1, 2, 3, 4, 5, 6}};
  Octets out(NeighborSolicitation::kMaxSize);
  EXPECT_EQ(given.emit(out, kPeer, kNode), NeighborSolicitation::kMaxSize);
  const auto icmp = Icmpv6::parse(out, kPeer, kNode);
  ASSERT_TRUE(icmp);
  const auto parsed = NeighborSolicitation::parse(*icmp, {kPeer, kNode, 255});
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->source_link_address, given.source_link_address);
  EXPECT_EQ(parsed->nonce, given.nonce);
}

/// One way to break a message; `broken` says whether to.
struct Rule {
  const char* name;
  bool broken = false;
};

/// Calls `check` with every combination of broken rules.
template <class Check>
void for_every_combination(std::vector<Rule> rules, Check check) {
  for (unsigned mask = 0; mask < (1U << rules.size()); ++mask) {
    std::string names;
    for (std::size_t i = 0; i < rules.size(); ++i) {
      rules[i].broken = ((mask >> i) & 1U) != 0;
      if (rules[i].broken) names += std::string(" ") + rules[i].name;
    }
    SCOPED_TRACE("broken:" + names);
    check(rules, mask == 0);
  }
}

// RFC 4861 7.1.1; req: ND-1
TEST(NeighborSolicitation, IsValidOnlyWithEveryRuleKept) {
  for_every_combination({{"hop limit"},
                         {"code"},
                         {"target"},
                         {"zero option"},
                         {"option end"},
                         {"probe target"},
                         {"probe option"},
                         {"length"}},
                        [](const std::vector<Rule>& rules, bool valid) {
                          const bool probe = rules[5].broken || rules[6].broken;
                          NdpContext context{probe ? kUnspecified : kPeer, kNode, 255};
                          if (rules[5].broken) context.destination = kAllNodes;
                          if (rules[0].broken) context.hop_limit = 254;
                          Octets body = rules[2].broken ? kMulticastTarget : kTarget;
                          if (rules[6].broken) body = body + kSourceOption;
                          if (rules[3].broken) body = body + octets("0500 000000000000");
                          if (rules[4].broken) body = body + octets("0502 000000000000");
                          if (rules[7].broken) body.resize(15);
                          Icmpv6 message{.type = 135, .payload = body};
                          if (rules[1].broken) message.code = 1;
                          const auto parsed = NeighborSolicitation::parse(message, context);
                          ASSERT_EQ(parsed.has_value(), valid);
                          if (!valid) {
                            EXPECT_EQ(parsed.error(), ParseError::bad_value);
                          }
                        });
}

// RFC 4861 7.1.1: the rules for the unspecified source bind no other
TEST(NeighborSolicitation, ReachesUsByUnicastToo) {
  EXPECT_TRUE(solicitation(kTarget + kSourceOption, {kPeer, kUs, 255}));
  EXPECT_TRUE(solicitation(kTarget, {kPeer, kUs, 255}));
  EXPECT_TRUE(solicitation(kTarget, {kUnspecified, kNode, 255}));
  EXPECT_FALSE(solicitation(kTarget, {kUnspecified, kUs, 255}));
}

// RFC 4861 7.1.2; req: ND-1
TEST(NeighborAdvertisement, IsValidOnlyWithEveryRuleKept) {
  for_every_combination({{"hop limit"},
                         {"code"},
                         {"target"},
                         {"zero option"},
                         {"option end"},
                         {"solicited multicast"},
                         {"length"}},
                        [](const std::vector<Rule>& rules, bool valid) {
                          NdpContext context{kPeer, kUs, 255};
                          if (rules[5].broken) context.destination = kAllNodes;
                          if (rules[0].broken) context.hop_limit = 1;
                          Octets body = rules[2].broken ? kMulticastTarget : kTarget;
                          if (rules[3].broken) body = body + octets("0200 000000000000");
                          if (rules[4].broken) body = body + octets("02ff 000000000000");
                          if (rules[6].broken) body.resize(15);
                          Icmpv6 message{.type = 136, .rest = 0x40000000U, .payload = body};
                          if (rules[1].broken) message.code = 255;
                          const auto parsed = NeighborAdvertisement::parse(message, context);
                          ASSERT_EQ(parsed.has_value(), valid);
                          if (!valid) {
                            EXPECT_EQ(parsed.error(), ParseError::bad_value);
                          }
                        });
}

// RFC 4861 4.4
TEST(NeighborAdvertisement, ParsesAndEmitsTheSameOctets) {
  const auto icmp = Icmpv6::parse(kAdvertisement, kUs, kPeer);
  ASSERT_TRUE(icmp);
  const auto parsed = NeighborAdvertisement::parse(*icmp, {kUs, kPeer, 255});
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->target, kUs);
  EXPECT_EQ(parsed->target_link_address->to_string(), "02:00:00:00:00:02");
  EXPECT_TRUE(parsed->solicited);
  EXPECT_TRUE(parsed->override_entry);
  EXPECT_FALSE(parsed->router);
  Octets out(NeighborAdvertisement::kMaxSize);
  out.resize(parsed->emit(out, kUs, kPeer));
  EXPECT_EQ(out, kAdvertisement);
}

TEST(NeighborAdvertisement, KeepsTheFlagsApart) {
  EXPECT_TRUE(advertisement(0x80000000U, kTarget)->router);
  EXPECT_TRUE(advertisement(0x40000000U, kTarget)->solicited);
  EXPECT_TRUE(advertisement(0x20000000U, kTarget)->override_entry);
  const auto reserved = advertisement(0x1fffffffU, kTarget);
  ASSERT_TRUE(reserved);
  EXPECT_FALSE(reserved->router || reserved->solicited || reserved->override_entry);
}

TEST(NeighborAdvertisement, ToAGroupIsFineWhenUnsolicited) {
  EXPECT_TRUE(advertisement(0x20000000U, kTarget + kTargetOption, {kPeer, kAllNodes, 255}));
}

TEST(NdpOptions, AreRefusedAtEveryTruncation) {
  const auto body = kTarget + kNonceOption + kSourceOption;
  for (std::size_t size = 0; size <= body.size(); ++size) {
    const bool whole = size >= 16 && size % 8 == 0;
    EXPECT_EQ(solicitation(Octets(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(size)))
                  .has_value(),
              whole)
        << size;
  }
}

// RFC 4861 4.6: unknown options are skipped; each message has its own kind of address
TEST(NdpOptions, AreSkippedWhenUnknown) {
  const auto ns = solicitation(kTarget + octets("fd02 0000000000000000000000000000") +
                               kTargetOption + kSourceOption);
  ASSERT_TRUE(ns);
  EXPECT_EQ(ns->source_link_address->to_string(), "02:00:00:00:00:01");
  const auto na = advertisement(0, kTarget + kSourceOption);
  ASSERT_TRUE(na);
  EXPECT_FALSE(na->target_link_address);
}

TEST(NdpOptions, CountTheFirstOfAKind) {
  const auto ns = solicitation(kTarget + kSourceOption + octets("0101 0200000000ff") +
                               kNonceOption + octets("0e01 000000000000"));
  ASSERT_TRUE(ns);
  EXPECT_EQ(ns->source_link_address->to_string(), "02:00:00:00:00:01");
  EXPECT_EQ(ns->nonce->front(), 0xa1);
}

TEST(NdpOptions, MustHoldAnEthernetAddress) {
  EXPECT_FALSE(solicitation(kTarget + octets("0102 020000000001 0000000000000000")));
  EXPECT_FALSE(advertisement(0, kTarget + octets("0202 020000000001 0000000000000000")));
}

TEST(NdpOptions, MayHoldALongerNonce) {
  const auto ns = solicitation(kTarget + octets("0e02 a1a2a3a4a5a6 a7a8a9aaabacadae"));
  ASSERT_TRUE(ns);
  EXPECT_FALSE(ns->nonce);
}

TEST(Ndp, TellsTheMessagesApart) {
  EXPECT_EQ(
      NeighborSolicitation::parse({.type = 136, .payload = kTarget}, {kPeer, kNode, 255}).error(),
      ParseError::unsupported);
  EXPECT_EQ(
      NeighborAdvertisement::parse({.type = 135, .payload = kTarget}, {kPeer, kUs, 255}).error(),
      ParseError::unsupported);
}

// RFC 9777 5.2; req: MLD-1
TEST(MldReport, ListsEachGroupWithoutSources) {
  const IpAddress source = *IpAddress::parse("fe80::1");
  const IpAddress routers = *IpAddress::parse("ff02::16");
  const std::vector<GroupRecord> groups{{GroupRecord::kToExclude, kNode},
                                        {GroupRecord::kToInclude, *IpAddress::parse("ff05::1:3")}};
  Octets out(48);
  EXPECT_EQ(emit_mld_report(out, groups, source, routers), 48U);
  EXPECT_EQ(out, octets("8f00 6ee7 0000 0002 "
                        "04000000 ff020000 00000000 00000001 ff000002 "
                        "03000000 ff050000 00000000 00000000 00010003"));
}

}  // namespace
}  // namespace zsock::wire
