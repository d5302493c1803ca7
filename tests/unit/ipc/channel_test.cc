#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cstring>

#include "ipc/client.h"
#include "ipc/server.h"

namespace ipc {
namespace {

struct Echo {
  static constexpr std::uint16_t tag = 1;
  static constexpr std::string_view name = "Echo";
  struct Reply {
    Bytes<2 * 1024 * 1024> bytes;
    static constexpr auto fields = std::tuple{&Reply::bytes};
  };
  Bytes<2 * 1024 * 1024> bytes;
  static constexpr auto fields = std::tuple{&Echo::bytes};
};

// Answers with the descriptor that it was given.
struct Return {
  static constexpr std::uint16_t tag = 2;
  static constexpr std::string_view name = "Return";
  struct Reply {
    Fd fd;
    static constexpr auto fields = std::tuple{&Reply::fd};
  };
  Fd fd;
  static constexpr auto fields = std::tuple{&Return::fd};
};

// Never answered, or answered late.
struct Park {
  static constexpr std::uint16_t tag = 3;
  static constexpr std::string_view name = "Park";
  using Reply = Nothing;
  bool drop = false;
  static constexpr auto fields = std::tuple{&Park::drop};
};

using TestProtocol = Protocol<Echo, Return, Park>;

struct Handler {
  void on(Echo request, Answer<Echo> answer) {
    ++echoed;
    answer(Echo::Reply{std::move(request.bytes)});
  }
  void on(Return request, Answer<Return> answer) { answer(Return::Reply{std::move(request.fd)}); }
  void on(Park request, Answer<Park> answer) {
    if (!request.drop) parked.push_back(std::move(answer));
  }
  std::vector<Answer<Park>> parked;
  int echoed = 0;
};
static_assert(answers_all<Handler, TestProtocol>);

class ChannelTest : public testing::Test {
 protected:
  ChannelTest() {
    auto pair = make_socketpair();
    EXPECT_TRUE(pair);
    near_ = std::move(pair->first);
    far_ = std::move(pair->second);
  }
  void serve() {
    server_ = std::make_unique<Server<TestProtocol, Handler>>(
        loop_, std::move(far_), handler_,
        [this](std::string why) { server_closed_ = std::move(why); });
  }
  void ask() {
    client_ = std::make_unique<Client<TestProtocol>>(
        loop_, std::move(near_), [this](std::string why) { client_closed_ = std::move(why); });
  }
  template <class Condition>
  void run_until(Condition condition) {
    for (int i = 0; i < 2000 && !condition(); ++i) loop_.run_once(std::chrono::milliseconds(5));
    EXPECT_TRUE(condition());
  }
  void write_raw(std::uint32_t body, std::uint64_t id, std::uint16_t tag, int kind, int fds,
                 base::ByteView payload = {}) {
    base::Bytes raw(kHeaderSize);
    Writer writer(raw);
    writer.integer(body, 4);
    writer.integer(id, 8);
    writer.integer(tag, 2);
    writer.integer(static_cast<std::uint64_t>(kind), 1);
    writer.integer(static_cast<std::uint64_t>(fds), 1);
    raw.insert(raw.end(), payload.begin(), payload.end());
    EXPECT_EQ(::write(near_.get(), raw.data(), raw.size()), static_cast<ssize_t>(raw.size()));
  }

  base::EventLoop loop_;
  base::UniqueFd near_, far_;
  Handler handler_;
  std::unique_ptr<Server<TestProtocol, Handler>> server_;
  std::unique_ptr<Client<TestProtocol>> client_;
  std::optional<std::string> server_closed_, client_closed_;
};

TEST_F(ChannelTest, CarriesFramesLargerThanTheSocketsBuffer) {
  serve();
  ask();
  base::Bytes large(2 * 1024 * 1024, std::byte{0x5a});
  int answers = 0;
  for (int i = 0; i < 3; ++i)
    client_->call(Echo{{large}}, [&](base::Result<Echo::Reply> reply) {
      ASSERT_TRUE(reply);
      EXPECT_EQ(reply->bytes.value, large);
      ++answers;
    });
  run_until([&] { return answers == 3; });
}

TEST_F(ChannelTest, CarriesDescriptorsWithTheirMessage) {
  serve();
  ask();
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  base::UniqueFd read_end(ends[0]);
  bool answered = false;
  client_->call(Echo{}, [](auto) {});
  client_->call(Return{{base::UniqueFd(ends[1])}}, [&](base::Result<Return::Reply> reply) {
    ASSERT_TRUE(reply);
    EXPECT_EQ(::write(reply->fd.value.get(), "!", 1), 1);
    answered = true;
  });
  run_until([&] { return answered; });
  char got = 0;
  EXPECT_EQ(::read(read_end.get(), &got, 1), 1);
  EXPECT_EQ(got, '!');
}

TEST_F(ChannelTest, WhatCameTogetherIsHandledTogether) {
  serve();
  ask();
  constexpr int kRequests = 40;  // of 2 KiB: more than one read, less than the socket's buffer
  for (int i = 0; i < kRequests; ++i)
    client_->call(Echo{{base::Bytes(2048)}}, [](base::Result<Echo::Reply>) {});
  loop_.run_once(std::chrono::milliseconds(100));
  EXPECT_EQ(handler_.echoed, kRequests);
}

TEST_F(ChannelTest, OneThatNeverStopsSendingHoldsUpNobody) {
  const base::Bytes body(16 * 1024 - kHeaderSize);  // a frame fills a read
  const auto send_one = [&] {
    write_raw(static_cast<std::uint32_t>(body.size()), 1, 1, 1, 0, body);
  };
  int frames = 0;
  const auto channel = Channel::open(
      loop_, std::move(far_),
      [&](IncomingFrame) -> std::optional<Violation> {
        if (++frames < 100) send_one();
        return std::nullopt;
      },
      [](std::string) {});
  send_one();
  loop_.run_once(std::chrono::milliseconds(100));
  EXPECT_GT(frames, 1);
  EXPECT_LT(frames, 100);
}

TEST_F(ChannelTest, OneThatTakesNothingAndGoesIsNoticed) {
  std::optional<std::string> closed;
  const auto channel = Channel::open(
      loop_, std::move(far_), [](IncomingFrame) { return std::nullopt; },
      [&](std::string why) { closed = std::move(why); });
  OutgoingFrame large;
  large.bytes.resize(Channel::kHighWater + 1024 * 1024);
  channel->send(std::move(large));
  near_ = base::UniqueFd();
  run_until([&] { return closed.has_value(); });
}

TEST_F(ChannelTest, AnswersComeInAnyOrder) {
  serve();
  ask();
  std::string order;
  client_->call(Park{}, [&](auto) { order += "parked"; });
  client_->call(Echo{}, [&](auto) { order += "echo "; });
  run_until([&] { return !order.empty(); });
  handler_.parked.front()(Nothing{});
  run_until([&] { return order == "echo parked"; });
}

TEST_F(ChannelTest, ADroppedRequestIsAnsweredWithAnError) {
  serve();
  ask();
  std::optional<base::Code> code;
  client_->call(Park{true}, [&](auto reply) { code = reply.error().code; });
  run_until([&] { return code.has_value(); });
  EXPECT_EQ(code, base::Code::internal);
}

TEST_F(ChannelTest, ARequestBeyondItsBoundsIsNotSent) {
  serve();
  ask();
  std::optional<base::Code> code;
  client_->call(Echo{{base::Bytes(2 * 1024 * 1024 + 1)}},
                [&](auto reply) { code = reply.error().code; });
  EXPECT_EQ(code, base::Code::limits_exceeded);
}

TEST_F(ChannelTest, CallsInFlightFailWhenTheOtherSideGoes) {
  serve();
  ask();
  std::optional<base::Code> code;
  client_->call(Park{}, [&](auto reply) { code = reply.error().code; });
  run_until([&] { return !handler_.parked.empty(); });
  server_.reset();
  run_until([&] { return client_closed_.has_value(); });
  EXPECT_EQ(code, base::Code::unavailable);
  handler_.parked.front()(Nothing{});  // too late; harmless
}

TEST_F(ChannelTest, AMalformedHeaderEndsTheConnection) {
  serve();
  write_raw(0, 1, Echo::tag, /*kind=*/9, 0);
  run_until([&] { return server_closed_.has_value(); });
}

TEST_F(ChannelTest, AnOversizedFrameEndsTheConnectionBeforeItsBodyArrives) {
  serve();
  write_raw(kMaxBody + 1, 1, Echo::tag, 1, 0);
  run_until([&] { return server_closed_.has_value(); });
  EXPECT_NE(server_closed_->find("too long"), std::string::npos);
}

TEST_F(ChannelTest, AnUnknownMessageEndsTheConnection) {
  serve();
  write_raw(0, 1, 99, 1, 0);
  run_until([&] { return server_closed_.has_value(); });
}

TEST_F(ChannelTest, AMissingDescriptorEndsTheConnection) {
  serve();
  write_raw(0, 1, Return::tag, 1, 1);
  run_until([&] { return server_closed_.has_value(); });
}

TEST_F(ChannelTest, AnAnswerNobodyAskedForEndsTheConnection) {
  std::swap(near_, far_);
  client_ = std::make_unique<Client<TestProtocol>>(
      loop_, std::move(far_), [this](std::string why) { client_closed_ = std::move(why); });
  write_raw(0, 7, Park::tag, 2, 0);
  run_until([&] { return client_closed_.has_value(); });
}

TEST_F(ChannelTest, AStrayDescriptorEndsTheConnection) {
  serve();
  base::Bytes raw(kHeaderSize + 4);
  Writer writer(raw);
  Codec<Header>::write(writer, Header{4, 1, Echo::tag, Kind::request, 0});
  iovec vector{raw.data(), raw.size()};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* c = CMSG_FIRSTHDR(&message);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(sizeof(int));
  const int fd = STDERR_FILENO;
  std::memcpy(CMSG_DATA(c), &fd, sizeof fd);
  ASSERT_GT(::sendmsg(near_.get(), &message, 0), 0);
  run_until([&] { return server_closed_.has_value(); });
}

TEST_F(ChannelTest, HalfAFrameIsWaitedFor) {
  serve();
  base::Bytes half(4, std::byte{0});
  write_raw(8, 1, Echo::tag, 1, 0, half);
  for (int i = 0; i < 5; ++i) loop_.run_once(std::chrono::milliseconds(1));
  EXPECT_FALSE(server_closed_);
}

}  // namespace
}  // namespace ipc
