// Passwords out of strangers' descriptors: what can be read, what is refused, and that nobody waits
// for anybody.
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>

#include "tests/unit/vault/fixture.h"

namespace vault {
namespace {

using Answer = std::optional<base::Result<wire::Password>>;

struct Pair {
  base::UniqueFd theirs, ours;
};
Pair make_pipe(int flags = 0) {
  int ends[2] = {-1, -1};
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC | flags), 0);
  return {base::UniqueFd(ends[1]), base::UniqueFd(ends[0])};
}
Pair make_sockets(int type) {
  int ends[2] = {-1, -1};
  EXPECT_EQ(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends), 0);
  return {base::UniqueFd(ends[1]), base::UniqueFd(ends[0])};
}
void put(const base::UniqueFd& into, std::string_view text) {
  ASSERT_EQ(::write(into.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
}

class StrangersPassword : public VaultTest {
 protected:
  StrangersPassword() { EXPECT_TRUE(log_in("right")); }

  void begin(base::UniqueFd from, Answer& answer) {
    send(wire::ReadPassword{{std::move(from)}},
         [&answer](auto read) { answer.emplace(std::move(read)); });
  }
  // Refused without waiting for anything.
  base::Code refused_at_once(base::UniqueFd from) {
    Answer answer;
    begin(std::move(from), answer);
    EXPECT_TRUE(answer.has_value());
    if (!answer) return run_until([&] { return answer.has_value(); }), base::Code{};
    return *answer ? base::Code{} : answer->error().code;
  }
  // Whether this is what was read.
  bool opens(const Answer& answer) {
    return answer && *answer && ask(wire::CheckPassword{login(), (*answer)->id}) &&
           ask(wire::DropPassword{(*answer)->id});
  }
};

TEST_F(StrangersPassword, IsReadAtOnceWhereItIsThereAlready) {
  for (const int flags : {0, O_DIRECT}) {
    Pair pair = make_pipe(flags);
    put(pair.theirs, "right\n");
    pair.theirs = base::UniqueFd();
    Answer answer;
    begin(std::move(pair.ours), answer);
    EXPECT_TRUE(opens(answer));
  }
  for (const int type : {SOCK_STREAM, SOCK_SEQPACKET}) {
    Pair pair = make_sockets(type);
    put(pair.theirs, "right");
    pair.theirs = base::UniqueFd();
    Answer answer;
    begin(std::move(pair.ours), answer);
    EXPECT_TRUE(opens(answer)) << type;
  }
  base::UniqueFd memory(::memfd_create("password", MFD_CLOEXEC));
  put(memory, "right");
  ASSERT_EQ(::lseek(memory.get(), 0, SEEK_SET), 0);
  Answer answer;
  begin(std::move(memory), answer);
  EXPECT_TRUE(opens(answer));
}

TEST_F(StrangersPassword, MayComeInPieces) {
  for (const bool pipe : {true, false}) {
    Pair pair = pipe ? make_pipe() : make_sockets(SOCK_STREAM);
    Answer answer;
    begin(std::move(pair.ours), answer);
    for (const char* piece : {"ri", "gh", "t"}) {
      EXPECT_FALSE(answer);
      put(pair.theirs, piece);
      loop_.run_once(std::chrono::milliseconds(50));
    }
    pair.theirs = base::UniqueFd();
    run_until([&] { return answer.has_value(); });
    EXPECT_TRUE(opens(answer));
  }
}

TEST_F(StrangersPassword, IsRefusedFromAnythingElse) {
  for (const char* path :
       {"/etc/passwd", "/dev/zero", "/dev/null", "/dev/full", "/dev/ptmx", "/proc/self/stat", "/"})
    EXPECT_EQ(refused_at_once(base::UniqueFd(::open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY))),
              base::Code::invalid)
        << path;
  EXPECT_EQ(refused_at_once(base::UniqueFd(::open("/", O_PATH | O_CLOEXEC))), base::Code::invalid);
  EXPECT_EQ(refused_at_once(base::UniqueFd(::eventfd(1, EFD_CLOEXEC))), base::Code::invalid);
  EXPECT_EQ(refused_at_once(base::UniqueFd(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC))),
            base::Code::invalid);
  EXPECT_EQ(refused_at_once(base::UniqueFd(::epoll_create1(EPOLL_CLOEXEC))), base::Code::invalid);
  EXPECT_EQ(refused_at_once(make_pipe().theirs), base::Code::invalid) << "the writing end";
  base::UniqueFd listening(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(refused_at_once(std::move(listening)), base::Code::invalid) << "not connected";
}

TEST_F(StrangersPassword, HasABound) {
  const auto read = [&](std::size_t size) {
    Pair pair = make_pipe();
    put(pair.theirs, std::string(size, 'x'));
    pair.theirs = base::UniqueFd();
    Answer answer;
    begin(std::move(pair.ours), answer);
    EXPECT_TRUE(answer);
    return *answer ? base::Code{} : answer->error().code;
  };
  EXPECT_EQ(read(4096), base::Code{});
  EXPECT_EQ(read(4097), base::Code::limits_exceeded);
  EXPECT_EQ(read(65536), base::Code::limits_exceeded);
  Pair packets = make_sockets(SOCK_SEQPACKET);
  put(packets.theirs, std::string(5000, 'x'));
  EXPECT_EQ(refused_at_once(std::move(packets.ours)), base::Code::limits_exceeded);
}

// Whatever the flags of the descriptor: a read that waits would hold up everybody.
TEST_F(StrangersPassword, ThatDoesNotComeHoldsUpNobodyAndIsGivenUp) {
  Pair pipe = make_pipe(), sockets = make_sockets(SOCK_STREAM);
  Answer first, second;
  const auto begun = base::EventLoop::Clock::now();
  begin(std::move(pipe.ours), first);
  begin(std::move(sockets.ours), second);
  EXPECT_TRUE(unlock(login(), "right"));
  EXPECT_FALSE(first || second);
  while (!first || !second) loop_.run_once(std::chrono::milliseconds(100));
  EXPECT_EQ(first->error().code, base::Code::unavailable);
  EXPECT_EQ(second->error().code, base::Code::unavailable);
  EXPECT_GE(base::EventLoop::Clock::now() - begun, PasswordReader::kPatience);
}

// Their state says for ever that there is something to read.
TEST_F(StrangersPassword, OfASocketThatIsAlwaysReadyKeepsNobodyBusy) {
  Pair pair = make_sockets(SOCK_DGRAM);
  ASSERT_EQ(::shutdown(pair.ours.get(), SHUT_RDWR), 0);
  Answer answer;
  begin(std::move(pair.ours), answer);
  for (int i = 0; i < 3 && !answer; ++i) loop_.run_once(std::chrono::milliseconds(100));
  ASSERT_TRUE(answer);
}

// The other holder of the same descriptor reads it empty.
TEST_F(StrangersPassword, ThatSomebodyElseReadsAwayIsWaitedForWithoutBlocking) {
  Pair pair = make_pipe();
  const base::UniqueFd copy(::fcntl(pair.ours.get(), F_DUPFD_CLOEXEC, 3));
  Answer answer;
  begin(std::move(pair.ours), answer);
  put(pair.theirs, "r");
  char byte{};
  ASSERT_EQ(::read(copy.get(), &byte, 1), 1);
  loop_.run_once(std::chrono::milliseconds(20));
  EXPECT_TRUE(unlock(login(), "right"));
  pair.theirs = base::UniqueFd();
  run_until([&] { return answer.has_value(); });
}

TEST_F(StrangersPassword, ThatIsWaitedForEndsWithItsConnection) {
  Pair pair = make_pipe();
  Answer answer;
  begin(std::move(pair.ours), answer);
  stop();
  ::signal(SIGPIPE, SIG_IGN);
  EXPECT_EQ(::write(pair.theirs.get(), "x", 1), -1) << "somebody still holds the reading end";
}

TEST_F(StrangersPassword, OfManyTheOldestThatWaitsIsRefusedAndWhoHasWrittenIsServed) {
  std::vector<Pair> pairs;
  std::deque<Answer> answers(33);
  for (Answer& answer : answers) {
    EXPECT_FALSE(answers.front());
    pairs.push_back(make_pipe());
    begin(std::move(pairs.back().ours), answer);
  }
  ASSERT_TRUE(answers.front());
  EXPECT_EQ(answers.front()->error().code, base::Code::busy);
  EXPECT_FALSE(answers[1]);
  Pair honest = make_pipe();
  put(honest.theirs, "right");
  honest.theirs = base::UniqueFd();
  Answer answer;
  begin(std::move(honest.ours), answer);
  EXPECT_TRUE(opens(answer));
  EXPECT_FALSE(answers[1]);
  for (Pair& pair : pairs) pair.theirs = base::UniqueFd();
  run_until([&] {
    return std::all_of(answers.begin(), answers.end(), [](auto& a) { return a.has_value(); });
  });
}

TEST_F(StrangersPassword, DescriptorsThatComeAlongAreClosed) {
  Pair pair = make_sockets(SOCK_STREAM), inner = make_pipe();
  char text[] = "right";
  iovec part{text, 5};
  alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))]{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = room;
  message.msg_controllen = sizeof room;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  const int fd = inner.ours.get();
  memcpy(CMSG_DATA(header), &fd, sizeof fd);
  ASSERT_EQ(::sendmsg(pair.theirs.get(), &message, 0), 5);
  pair.theirs = base::UniqueFd();
  inner.ours = base::UniqueFd();
  Answer answer;
  begin(std::move(pair.ours), answer);
  EXPECT_TRUE(opens(answer));
  ::signal(SIGPIPE, SIG_IGN);
  EXPECT_EQ(::write(inner.theirs.get(), "x", 1), -1) << "somebody still holds the reading end";
}

TEST_F(StrangersPassword, IsGoneFromTheArenaWhenItIsTooLongOrLate) {
  const std::string marker = "a password that nobody else would choose";
  Pair pair = make_pipe();
  put(pair.theirs, marker + std::string(4096, 'x'));
  EXPECT_EQ(refused_at_once(std::move(pair.ours)), base::Code::limits_exceeded);
  EXPECT_FALSE(arena_contains(base::bytes_of(marker)));
}

}  // namespace
}  // namespace vault
