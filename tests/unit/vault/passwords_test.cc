// Passwords: changing them, doing without one, and receiving them from a prompter.
#include "tests/unit/vault/fixture.h"
#include "vault/diffie_hellman.h"

namespace vault {
namespace {

struct PasswordTest : VaultTest {
  base::Result<ipc::Nothing> change(const std::string& before, const std::string& after) {
    return ask(wire::ChangePassword{login(), {password(before)}, password(after)});
  }
};

TEST_F(PasswordTest, AfterAChangeTheNewOneOpensAndTheOldOneDoesNot) {
  ASSERT_TRUE(log_in("old"));
  const auto item = create("swordfish", {{"a", "1"}});
  ASSERT_TRUE(item);
  ASSERT_TRUE(change("old", "new"));
  EXPECT_EQ(secret_of(item->item), "swordfish");
  restart();
  EXPECT_EQ(unlock(login(), "old").error().code, base::Code::wrong_password);
  ASSERT_TRUE(unlock(login(), "new"));
  EXPECT_EQ(secret_of(search({{"a", "1"}}).unlocked.items.at(0)), "swordfish");
}

TEST_F(PasswordTest, AChangeNeedsTheOldOneEvenWhenUnlocked) {
  ASSERT_TRUE(log_in("old"));
  const auto before = store_.files.at("login").header;
  EXPECT_EQ(change("wrong", "new").error().code, base::Code::wrong_password);
  EXPECT_EQ(refusal(wire::ChangePassword{login(), {}, password("new")}),
            base::Code::wrong_password);
  EXPECT_EQ(store_.files.at("login").header, before);
}

TEST_F(PasswordTest, AChangeWhileLockedUnlocks) {
  ASSERT_TRUE(log_in("old"));
  ASSERT_TRUE(ask(wire::Lock{login()}));
  ASSERT_TRUE(change("old", "new"));
  EXPECT_FALSE(vault_->find(login())->is_locked());
}

TEST_F(PasswordTest, ACollectionWithoutAPasswordIsOpenAfterARestart) {
  ASSERT_TRUE(log_in("old"));
  ASSERT_TRUE(create("swordfish", {{"a", "1"}}));
  ASSERT_TRUE(change("old", ""));
  restart();
  ASSERT_EQ(search({{"a", "1"}}).unlocked.items.size(), 1U);
  EXPECT_TRUE(vault_->state().collections.items.at(1).passwordless);
  // It can be locked, opens without a password, and gets one again.
  ASSERT_TRUE(ask(wire::Lock{login()}));
  EXPECT_TRUE(vault_->find(login())->is_locked());
  ASSERT_TRUE(ask(wire::Unlock{login(), {}}));
  ASSERT_TRUE(ask(wire::ChangePassword{login(), {}, password("new")}));
  restart();
  EXPECT_EQ(refusal(wire::Unlock{login(), {}}), base::Code::locked);
  ASSERT_TRUE(unlock(login(), "new"));
}

TEST_F(PasswordTest, IsUsedOnce) {
  ASSERT_TRUE(log_in("right"));
  ASSERT_TRUE(ask(wire::Lock{login()}));
  const auto id = password("right");
  ASSERT_TRUE(ask(wire::Unlock{login(), {id}}));
  ASSERT_TRUE(ask(wire::Lock{login()}));
  EXPECT_EQ(refusal(wire::Unlock{login(), {id}}), base::Code::invalid);
}

TEST_F(PasswordTest, WaitsOnAfterItWasFoundRight) {
  ASSERT_TRUE(log_in("right"));
  const auto right = password("right"), wrong = password("wrong");
  ASSERT_TRUE(ask(wire::CheckPassword{login(), right}));
  EXPECT_EQ(refusal(wire::CheckPassword{login(), wrong}), base::Code::wrong_password);
  EXPECT_EQ(refusal(wire::CheckPassword{login(), wrong}), base::Code::invalid);
  EXPECT_TRUE(ask(wire::ChangePassword{login(), {right}, password("new")}));
}

TEST_F(PasswordTest, IsGoneFromTheArenaWhenDroppedOrUsed) {
  const std::string marker = "a-password-that-is-easy-to-find";
  ASSERT_TRUE(log_in("right"));
  const auto id = password(marker);
  EXPECT_TRUE(arena_contains(base::bytes_of(marker)));
  ASSERT_TRUE(ask(wire::DropPassword{id}));
  EXPECT_FALSE(arena_contains(base::bytes_of(marker)));
  ASSERT_TRUE(ask(wire::Lock{login()}));
  EXPECT_FALSE(unlock(login(), marker));
  EXPECT_FALSE(change(marker, "new"));
  EXPECT_FALSE(arena_contains(base::bytes_of(marker)));
}

TEST_F(PasswordTest, TooManyThatNobodyUsesAreRefused) {
  for (std::size_t i = 0; i < Passwords::kMaxWaiting; ++i) password("x");
  EXPECT_EQ(refusal(wire::ReceivePassword{kClient, session_, plain("x")}),
            base::Code::limits_exceeded);
}

TEST_F(PasswordTest, ComesFromADescriptor) {
  ASSERT_TRUE(log_in("right"));
  ASSERT_TRUE(ask(wire::Lock{login()}));
  auto pair = ipc::make_socketpair();
  ASSERT_EQ(::write(pair->first.get(), "right\n", 6), 6);
  pair->first = base::UniqueFd();
  const auto read = ask(wire::ReadPassword{{std::move(pair->second)}});
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->empty);
  EXPECT_TRUE(ask(wire::Unlock{login(), {read->id}}));
}

// --- The prompter's exchange --------------------------------------------------------------------

struct PromptExchangeTest : VaultTest {
  static std::string base64(base::ByteView bytes) {
    std::string text(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
    sodium_bin2base64(text.data(), text.size(), base::u8(bytes), bytes.size(),
                      sodium_base64_VARIANT_ORIGINAL);
    text.pop_back();
    return text;
  }
  static base::Bytes public_key_in(const std::string& text) {
    const std::size_t at = text.find("public=") + 7;
    const std::string encoded = text.substr(at, text.find('\n', at) - at);
    base::Bytes bytes(encoded.size());
    std::size_t size = 0;
    EXPECT_EQ(
        sodium_base642bin(base::u8(base::MutableBytes(bytes)), bytes.size(), encoded.data(),
                          encoded.size(), nullptr, &size, nullptr, sodium_base64_VARIANT_ORIGINAL),
        0);
    bytes.resize(size);
    return bytes;
  }
  // As the prompter sends a password, to the owner of `their_public_key`.
  std::string encrypted(base::ByteView text, base::ByteView their_public_key) {
    auto agreement = agree(Group::oakley_5, their_public_key, exponent_, *arena_);
    return encrypted_with(std::move(agreement->session_key), text, agreement->public_key);
  }
  std::string encrypted_with(SecretBytes key, base::ByteView text, base::ByteView public_key) {
    const auto sent = *Session(std::move(key)).send(text, "text/plain", *arena_);
    return "[sx-aes-1]\npublic=" + base64(public_key) + "\nsecret=" + base64(sent.value.value) +
           "\niv=" + base64(sent.parameters.value) + "\n";
  }
  std::string hello() {
    constexpr std::byte two[] = {std::byte{2}};
    return "\n[sx-aes-1]\npublic=" +
           base64(power(Group::oakley_5, two, exponent_.expose(), *arena_)->expose());
  }
  SecretBytes exponent_ = *SecretBytes::copy(*arena_, base::Bytes(kExponentSize, std::byte{0x33}));
};

TEST_F(PromptExchangeTest, CarriesPasswords) {
  ASSERT_TRUE(log_in("swordfish"));
  const auto begun = ask(wire::BeginExchange{{hello()}});
  ASSERT_TRUE(begun);
  const auto key = public_key_in(begun->ours.value);
  for (const char* typed : {"wrong", "swordfish"}) {
    ASSERT_TRUE(ask(wire::Lock{login()}));
    const auto got =
        ask(wire::ReceiveAnswer{begun->exchange, {encrypted(base::bytes_of(typed), key)}});
    ASSERT_TRUE(got);
    EXPECT_EQ(bool(ask(wire::Unlock{login(), {got->id}})), typed == std::string("swordfish"));
  }
  const auto empty = ask(wire::ReceiveAnswer{begun->exchange, {encrypted({}, key)}});
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->empty);
  EXPECT_TRUE(ask(wire::EndExchange{begun->exchange}));
  EXPECT_EQ(refusal(wire::ReceiveAnswer{begun->exchange, {encrypted({}, key)}}),
            base::Code::invalid);
}

// One exchange of 256 comes to a shared secret that begins with a zero, which gcr leaves out.
TEST_F(PromptExchangeTest, BearsPromptersThatLeaveOutLeadingZeros) {
  for (int met = 0; met < 2;) {
    const auto begun = ask(wire::BeginExchange{{hello()}});
    ASSERT_TRUE(begun);
    const auto key = public_key_in(begun->ours.value);
    auto agreement = *agree(Group::oakley_5, key, exponent_, *arena_);
    if (agreement.stripped_key) {
      for (SecretBytes* used : {&*agreement.stripped_key, &agreement.session_key}) {
        const auto text =
            encrypted_with(std::move(*used), base::bytes_of("swordfish"), agreement.public_key);
        EXPECT_TRUE(ask(wire::ReceiveAnswer{begun->exchange, {text}}));
      }
      ++met;
    }
    ASSERT_TRUE(ask(wire::EndExchange{begun->exchange}));
  }
}

TEST_F(PromptExchangeTest, EndsAPasswordAtANul) {
  const auto begun = ask(wire::BeginExchange{{hello()}});
  const std::string text("\0x", 2);
  const auto got = ask(wire::ReceiveAnswer{
      begun->exchange, {encrypted(base::bytes_of(text), public_key_in(begun->ours.value))}});
  ASSERT_TRUE(got);
  EXPECT_TRUE(got->empty);
}

TEST_F(PromptExchangeTest, RefusesWhatMakesNoSense) {
  for (const char* text :
       {"", "[sx-aes-1]", "public=AQ==", "[other]\npublic=AQ==", "[sx-aes-1]\npublic=",
        "[sx-aes-1]\npublic=AQ==", "[sx-aes-1]\npublic=%%%"})
    EXPECT_EQ(refusal(wire::BeginExchange{{text}}), base::Code::invalid) << text;
  const auto begun = ask(wire::BeginExchange{{hello()}});
  for (const char* text :
       {"", "[sx-aes-1]\n", "[sx-aes-1]\nsecret=AAAA\n", "[sx-aes-1]\nsecret=AAAA\niv=AAAA\n",
        "[sx-aes-1]\nsecret=\niv=AAAAAAAAAAAAAAAAAAAAAA==\n"})
    EXPECT_EQ(refusal(wire::ReceiveAnswer{begun->exchange, {text}}), base::Code::invalid) << text;
}

}  // namespace
}  // namespace vault
