#include "vault/diffie_hellman.h"

#include <gtest/gtest.h>
#include <nettle/sha2.h>

#include "vault/sessions.h"

namespace vault {
namespace {

constexpr const char* kPrime =
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404"
    "DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7"
    "ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF";

base::Bytes from_hex(std::string_view hex) {
  base::Bytes out(hex.size() / 2);
  sodium_hex2bin(base::u8(base::MutableBytes(out)), out.size(), hex.data(), hex.size(), nullptr,
                 nullptr, nullptr);
  return out;
}
std::string to_hex(base::ByteView bytes) {
  std::string out(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), base::u8(bytes), bytes.size());
  out.pop_back();
  return out;
}
// The first 16 bytes of SHA-256, as the known answers give large numbers.
std::string fingerprint(base::ByteView bytes) {
  sha256_ctx context;
  sha256_init(&context);
  sha256_update(&context, bytes.size(), base::u8(bytes));
  std::array<std::byte, 16> out{};
  sha256_digest(&context, out.size(), base::u8(base::MutableBytes(out)));
  return to_hex(out);
}

struct DiffieHellman : testing::Test {
  DiffieHellman() { EXPECT_GE(sodium_init(), 0); }
  SecretBytes exponent(std::string_view hex) {
    base::Bytes bytes(kExponentSize);
    const auto value = from_hex(hex);
    std::copy(value.begin(), value.end(), bytes.end() - static_cast<std::ptrdiff_t>(value.size()));
    return *SecretBytes::copy(*arena, bytes);
  }
  base::Bytes public_of(const SecretBytes& private_key, Group group = Group::oakley_2) {
    constexpr std::byte two[] = {std::byte{2}};
    return base::copy_of(power(group, two, private_key.expose(), *arena)->expose());
  }
  std::unique_ptr<Arena> arena = *Arena::create();
};

const std::string kA(64, '1');
const std::string kB(64, '2');

TEST_F(DiffieHellman, GivesTheKnownAnswers) {
  const auto a = exponent(kA), b = exponent(kB);
  EXPECT_EQ(fingerprint(public_of(a)), "801a93702449efe86f1fe0780e84d4ca");
  EXPECT_EQ(fingerprint(public_of(b)), "48c25c60cb5fea588e159c29d5a54362");
  EXPECT_EQ(fingerprint(power(Group::oakley_2, public_of(b), a.expose(), *arena)->expose()),
            "2dfd7f5ec3137cddc8a0f6a837818d34");
  auto agreement = agree(Group::oakley_2, public_of(b), a, *arena);
  ASSERT_TRUE(agreement);
  EXPECT_EQ(fingerprint(agreement->public_key), "801a93702449efe86f1fe0780e84d4ca");
  EXPECT_EQ(to_hex(agreement->session_key.expose()), "9230a221c40ac242fef986ae8a850943");
}

TEST_F(DiffieHellman, GivesTheKnownAnswersOfThePromptersGroup) {
  const auto a = exponent(kA), b = exponent(kB);
  EXPECT_EQ(fingerprint(public_of(a, Group::oakley_5)), "60207fe0dba8e2122a1aa49fde824c74");
  EXPECT_EQ(fingerprint(public_of(b, Group::oakley_5)), "99290b507a93b6894c2b4ac862834d77");
  auto agreement = agree(Group::oakley_5, public_of(b, Group::oakley_5), a, *arena);
  ASSERT_TRUE(agreement);
  EXPECT_EQ(to_hex(agreement->session_key.expose()), "7ca23941c19f4fc1eb339dfc836dab6f");
  agreement = agree(Group::oakley_5, public_of(exponent("0420"), Group::oakley_5), exponent("0309"),
                    *arena);  // 1056 and 777: the shared secret begins with zeros
  ASSERT_TRUE(agreement);
  EXPECT_EQ(to_hex(agreement->session_key.expose()), "4d953eb0a632d4fa457cfaa14e3eb760");
}

TEST_F(DiffieHellman, PadsASharedSecretThatBeginsWithZeros) {
  auto agreement = agree(Group::oakley_2, public_of(exponent("0474")), exponent("0309"),
                         *arena);  // 1140 and 777
  ASSERT_TRUE(agreement);
  EXPECT_EQ(to_hex(agreement->session_key.expose()), "c772030384b261fb95bdf84884f9386d");
}

TEST_F(DiffieHellman, TakesAPublicKeyWithAndWithoutLeadingZeros) {
  const auto padded = public_of(exponent("03e8"));  // 1000: a key of 126 bytes
  ASSERT_EQ(padded[0], std::byte{0});
  ASSERT_EQ(padded[1], std::byte{0});
  auto with = agree(Group::oakley_2, padded, exponent(kA), *arena);
  auto without = agree(Group::oakley_2, base::ByteView(padded).subspan(2), exponent(kA), *arena);
  ASSERT_TRUE(with && without);
  EXPECT_TRUE(with->session_key == without->session_key);
}

TEST_F(DiffieHellman, RefusesDegeneratePublicKeys) {
  auto p = from_hex(kPrime);
  auto p_minus_1 = p, p_minus_2 = p, p_plus_1 = p;
  p_minus_1.back() = std::byte{0xfe};
  p_minus_2.back() = std::byte{0xfd};
  const base::Bytes all_ones(size_of(Group::oakley_2), std::byte{0xff});
  base::Bytes too_long(size_of(Group::oakley_2) + 1, std::byte{1});
  for (const base::Bytes& key : {base::Bytes{}, base::Bytes{std::byte{0}},
                                 base::Bytes{std::byte{1}}, p, p_minus_1, all_ones, too_long}) {
    auto refused = agree(Group::oakley_2, key, exponent(kA), *arena);
    ASSERT_FALSE(refused) << to_hex(key);
    EXPECT_EQ(refused.error().code, base::Code::invalid);
  }
  EXPECT_TRUE(agree(Group::oakley_2, p_minus_2, exponent(kA), *arena));
}

TEST_F(DiffieHellman, DecryptsTheKnownCiphertexts) {
  const Session session(*SecretBytes::copy(*arena, from_hex("9230a221c40ac242fef986ae8a850943")));
  const auto iv = from_hex("000102030405060708090a0b0c0d0e0f");
  const auto open = [&](const char* hex) {
    auto plain = session.receive({{iv}, {from_hex(hex)}, {}}, *arena);
    EXPECT_TRUE(plain);
    return plain ? std::string(base::text_of(plain->expose())) : "failed";
  };
  EXPECT_EQ(open("fb42c35625ebe773c1375936e941e4a7"), "secret");
  EXPECT_EQ(open("ecfe4133fe2abfb7bf5e5f2185b8e32a"), "");
  EXPECT_EQ(open("0fd3ef522940bf92d6ff5dff92280c788982916a72de67c1ec4dcfe9cfeba8db"),
            std::string(16, 'A'));
}

TEST_F(DiffieHellman, WhatASessionSendsItCanReceive) {
  const Session session(exponent(kA).size()
                            ? *SecretBytes::copy(*arena, base::Bytes(16, std::byte{9}))
                            : SecretBytes());
  for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 4096U}) {
    const base::Bytes secret(size, std::byte{0x10});
    auto sent = session.send(secret, "text/plain", *arena);
    ASSERT_TRUE(sent);
    EXPECT_EQ(sent->value.value.size(), size / 16 * 16 + 16);
    auto received = session.receive(*sent, *arena);
    ASSERT_TRUE(received);
    EXPECT_TRUE(std::equal(secret.begin(), secret.end(), received->expose().begin(),
                           received->expose().end()));
  }
}

TEST_F(DiffieHellman, WrongPaddingAndSizesAreRefused) {
  const Session session(*SecretBytes::copy(*arena, base::Bytes(16, std::byte{9})));
  auto sent = *session.send(base::bytes_of("secret"), "", *arena);
  auto altered = sent;
  altered.value.value.back() ^= std::byte{1};
  EXPECT_FALSE(session.receive(altered, *arena));
  auto cut = sent;
  cut.value.value.pop_back();
  EXPECT_FALSE(session.receive(cut, *arena));
  auto empty = sent;
  empty.value.value.clear();
  EXPECT_FALSE(session.receive(empty, *arena));
  auto no_iv = sent;
  no_iv.parameters.value.clear();
  EXPECT_FALSE(session.receive(no_iv, *arena));
}

}  // namespace
}  // namespace vault
