#include "transfer/document.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/unique_fd.h"

namespace transfer {
namespace {

struct Pipe {
  Pipe() {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    read = base::UniqueFd(ends[0]);
    write = base::UniqueFd(ends[1]);
  }
  base::UniqueFd read, write;
};

Record record(std::string label, std::string secret) {
  Record made;
  made.label.value = std::move(label);
  made.attributes.items = {{{"host"}, {"a"}}, {{"user"}, {"jo"}}};
  made.created = 1;
  made.modified = 2;
  made.content_type.value = "text/plain";
  made.secret.value = base::copy_of(base::bytes_of(secret));
  return made;
}

// What arrives of what `send` writes.
template <class F>
base::Result<Document> received(F&& send) {
  Pipe pipe;
  std::thread sender([&] {
    send(pipe.write.get());
    pipe.write = base::UniqueFd();
  });
  auto document = receive_document(pipe.read.get());
  sender.join();  // what is refused fits the pipe
  return document;
}

template <class F>
base::Code refusal(F&& send) {
  const auto document = received(std::forward<F>(send));
  EXPECT_FALSE(document);
  return document ? base::Code::internal : document.error().code;
}

class Transfer : public testing::Test {
 protected:
  void SetUp() override { ::signal(SIGPIPE, SIG_IGN); }
};

TEST_F(Transfer, ADocumentArrivesAsItWas) {
  Document sent;
  sent.start.format = formats::Format::kwallet;
  sent.start.label.value = "Wallet";
  sent.records = {record("one", std::string(100'000, 's')), record("", std::string("\0\xff", 2))};
  sent.damages.push_back({{7}, {"label"}, {"is not UTF-8"}});
  const auto got = received([&](int fd) { ASSERT_TRUE(send_document(fd, sent)); });
  ASSERT_TRUE(got);
  EXPECT_EQ(got->start.label.value, "Wallet");
  EXPECT_EQ(got->start.format, formats::Format::kwallet);
  ASSERT_EQ(got->records.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i)
    EXPECT_EQ(ipc::encode(got->records[i]), ipc::encode(sent.records[i]));
  EXPECT_EQ(got->damages.at(0).item.value, 7u);
}

TEST_F(Transfer, AFailureArrivesInPlaceOfADocument) {
  const auto got = received([](int fd) {
    ASSERT_TRUE(send(fd, Failure{base::Code::wrong_password, {"the password is wrong"}}));
  });
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, base::Code::wrong_password);
  EXPECT_EQ(got.error().what, "the password is wrong");
}

TEST_F(Transfer, ADocumentWithoutItsEndIsRefused) {
  EXPECT_EQ(refusal([](int fd) {
              Sender sender(fd);
              ASSERT_TRUE(sender.start({}));
              ASSERT_TRUE(sender.add(record("one", "secret")));
            }),
            base::Code::damaged);
}

TEST_F(Transfer, AnEndThatCountsWrongIsRefused) {
  for (const std::uint64_t frames : {0, 2})
    EXPECT_EQ(refusal([&](int fd) {
                ASSERT_TRUE(send(fd, Start{}));
                ASSERT_TRUE(send(fd, record("one", "secret")));
                ASSERT_TRUE(send(fd, End{frames}));
              }),
              base::Code::damaged);
}

TEST_F(Transfer, AnotherVersionIsRefused) {
  EXPECT_EQ(refusal([](int fd) {
              Start other;
              other.version = kVersion + 1;
              ASSERT_TRUE(send(fd, other));
            }),
            base::Code::not_supported);
}

TEST_F(Transfer, FramesInTheWrongPlaceAreRefused) {
  EXPECT_EQ(refusal([](int fd) { ASSERT_TRUE(send(fd, record("one", "s"))); }),
            base::Code::damaged);
  EXPECT_EQ(refusal([](int fd) {
              ASSERT_TRUE(send(fd, Start{}));
              ASSERT_TRUE(send(fd, Start{}));
              ASSERT_TRUE(send(fd, End{1}));
            }),
            base::Code::damaged);
  EXPECT_EQ(refusal([](int fd) {
              ASSERT_TRUE(send(fd, Start{}));
              ASSERT_TRUE(send(fd, Chunk{}));
              ASSERT_TRUE(send(fd, End{1}));
            }),
            base::Code::damaged);
}

TEST_F(Transfer, AttributesInTwoOrdersOrTwiceAreRefused) {
  for (const char* second : {"host", "a"}) {
    Record odd = record("one", "s");
    odd.attributes.items[1].name.value = second;
    EXPECT_EQ(refusal([&](int fd) {
                ASSERT_TRUE(send(fd, Start{}));
                ASSERT_TRUE(send(fd, odd));
                ASSERT_TRUE(send(fd, End{1}));
              }),
              base::Code::damaged);
  }
}

TEST_F(Transfer, EveryCutAndEveryFlippedByteIsRefusedOrHarmless) {
  Pipe pipe;
  Document sent;
  sent.records = {record("one", "secret")};
  ASSERT_TRUE(send_document(pipe.write.get(), sent));
  pipe.write = base::UniqueFd();
  base::Bytes whole(4096);
  whole.resize(static_cast<std::size_t>(::read(pipe.read.get(), whole.data(), whole.size())));
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(
        refusal([&](int fd) { ASSERT_TRUE(write_all(fd, base::ByteView(whole).first(size))); }),
        base::Code::damaged)
        << size;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    base::Bytes altered = whole;
    altered[i] ^= std::byte{0x81};
    const auto got =
        received([&](int fd) { [[maybe_unused]] auto wrote = write_all(fd, altered); });
    EXPECT_LE(got ? got->records.size() : 0, 1u);
  }
}

TEST_F(Transfer, ALengthIsBoundedBeforeAnythingIsAllocated) {
  for (const std::uint32_t size : {0u, static_cast<std::uint32_t>(kMaxBody) + 1, 0xffffffffu}) {
    std::array<std::byte, 5> head{};
    ipc::Writer(head).integer(size, 4);
    head[4] = std::byte{static_cast<std::uint8_t>(Kind::start)};
    const auto got = received([&](int fd) { ASSERT_TRUE(write_all(fd, head)); });
    ASSERT_FALSE(got);
    // Refused for what it is, rather than for the bytes that do not follow.
    EXPECT_EQ(got.error().what, malformed().reason.what);
  }
}

TEST_F(Transfer, WhatIsTooLongIsNotSent) {
  Pipe pipe;
  const auto sent = send(pipe.write.get(), record(std::string(kMaxLabel + 1, 'x'), "s"));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, base::Code::limits_exceeded);
}

TEST_F(Transfer, ContentArrivesWholeOrNotAtAll) {
  const base::Bytes content(kMaxChunk * 2 + 1, std::byte{7});
  for (const bool whole : {true, false}) {
    Pipe pipe;
    std::thread sender([&] {
      if (whole)
        ASSERT_TRUE(send_content(pipe.write.get(), {}, content));
      else
        ASSERT_TRUE(send(pipe.write.get(), Start{}));
      pipe.write = base::UniqueFd();
    });
    const auto got = receive_content(pipe.read.get());
    sender.join();
    ASSERT_EQ(static_cast<bool>(got), whole);
    EXPECT_EQ(got ? *got : content, content);
  }
}

}  // namespace
}  // namespace transfer
