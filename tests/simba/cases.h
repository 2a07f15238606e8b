/* Tests in C, as simba programs are; simba_test.cpp runs them. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/* The runner's: notes a failure. */
void note_failure(const char* file, int line, const char* text);

#define CHECK(condition)                                            \
  do {                                                              \
    if (!(condition)) note_failure(__FILE__, __LINE__, #condition); \
  } while (0)

/* X(suite, name) */
#define SIMBA_CASES(X)                             \
  X(SimbaSocket, OpensWhatTheStackHas)             \
  X(SimbaSocket, RawSocketsSpeakEcho)              \
  X(SimbaSocket, PortsAreInHostOrder)              \
  X(SimbaSocket, ErrorsAreNegative)                \
  X(SimbaSocket, TcpReadsUntilTheBufferIsFull)     \
  X(SimbaSocket, TcpReadsLessAtTheEndOnly)         \
  X(SimbaSocket, TcpWritesEverything)              \
  X(SimbaSocket, WritingToAClosedConnectionGives0) \
  X(SimbaSocket, UdpIsOneDatagram)                 \
  X(SimbaSocket, UdpKnowsNothingOfRefusals)        \
  X(SimbaSocket, AcceptTellsThePeer)               \
  X(SimbaSocket, CallsOfOlderVersions)             \
  X(SimbaSocket, ConnectsByNameOrAddress)          \
  X(SimbaSocket, IsAChannel)                       \
  X(SimbaChan, PollReturnsTheReadySocket)          \
  X(SimbaChan, PollGivesUpInTime)                  \
  X(SimbaChan, AQueueWakesWhoPollsItAndASocket)    \
  X(SimbaChan, AnOwnChannelWakesItsPoller)         \
  X(SimbaChan, FiltersDecideWhatIsWritten)         \
  X(SimbaInet, AddressesAndChecksum)               \
  X(SimbaThrd, SuspendWaitsForResume)              \
  X(SimbaThrd, HasANameAMaskAndVariables)          \
  X(SimbaSync, SemaphoreCountsWhatIsTaken)         \
  X(SimbaSync, MutexExcludes)                      \
  X(SimbaSync, QueueWithoutABufferHandsOver)       \
  X(SimbaSync, QueueGoesAroundItsBuffer)           \
  X(SimbaSync, StoppedQueueEndsWaits)              \
  X(SimbaSync, EventsAreTakenByMask)               \
  X(SimbaTime, AddsAndSubtracts)                   \
  X(SimbaText, PrintsToChannelsAndReadsNumbers)    \
  X(SimbaText, LogGoesByMask)                      \
  X(SimbaTree, ShortMemoryDoesNotStopTheWatch)     \
  X(SimbaTree, RoomForMoreIsRefusedWithoutMemory)  \
  X(SimbaTree, AWatcherThatCannotPollTriesAgain)

#define DECLARE_CASE(suite, name) void name(void);
SIMBA_CASES(DECLARE_CASE)
#undef DECLARE_CASE

#ifdef __cplusplus
}
#endif
