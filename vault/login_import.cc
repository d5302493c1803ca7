#include "vault/login_import.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "base/log.h"

namespace vault {
namespace {

// So many are stored together, before more are read.
constexpr std::size_t kMostBeingStored = 64;
constexpr std::uint64_t kShowEvery = 256;  // items

}  // namespace

std::shared_ptr<LoginImport> LoginImport::start(Vault& vault, StoreClient& store, CollectionId into,
                                                SecretBytes password, Limits limits,
                                                std::function<void()> settled) {
  std::shared_ptr<LoginImport> import(
      new LoginImport(vault, store, into, std::move(password), limits, std::move(settled)));
  import->ask();
  return import;
}

LoginImport::LoginImport(Vault& vault, StoreClient& store, CollectionId into, SecretBytes password,
                         Limits limits, std::function<void()> settled)
    : vault_(vault),
      store_(store),
      into_(into),
      password_(std::move(password)),
      limits_(limits),
      settled_(std::move(settled)) {}

LoginImport::~LoginImport() {
  be_deaf();
  vault_.loop().cancel(patience_);
}

void LoginImport::ask() {
  if (files_.size() == store::kMaxImported) return report();
  store_.call(store::ReadKeyring{static_cast<std::uint32_t>(files_.size())},
              [weak = weak_from_this()](auto reply) {
                const auto self = weak.lock();
                if (!self) return;
                if (reply) return self->converse(std::move(reply->helper.value));
                if (reply.error().code == base::Code::no_such_item) return self->report();
                base::log::error("login: {}", reply.error().what);
                self->files_.push_back({Verdict::interrupted});
                self->ask();
              });
}

void LoginImport::converse(base::UniqueFd helper) {
  files_.push_back({});
  under_way_ = true;
  shown_ = 0;
  helper_ = std::move(helper);
  auto stream = RecordStream::make(
      vault_.arena(), [this](auto wanted) { return derive(std::move(wanted)); },
      [this](const auto& details, auto secret) { return add(details, secret); });
  transfer::Request request;
  request.operation = transfer::Operation::read_asking;
  const base::Bytes frame = transfer::frame_of(request.kind, ipc::encode(request));
  if (!stream || !take_stock() || !send(frame)) return conclude(Verdict::interrupted);
  stream_.emplace(*std::move(stream));
  patience_ = vault_.loop().after(limits_.patience, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    base::log::error("login: coffer-formats takes too long to read a keyring");
    self->conclude(Verdict::interrupted);
  });
  listen();
}

// A keyed hash of what makes an item the same; the key goes when the file is done.
LoginImport::Fingerprint LoginImport::fingerprint_of(const ItemDetails& details,
                                                     base::ByteView secret) const {
  using Codec = ipc::Codec<ipc::Attributes>;
  base::Bytes attributes(Codec::size(details.attributes));
  ipc::Writer writer(attributes);
  Codec::write(writer, details.attributes);
  const base::ByteView key = fingerprint_key_.expose();
  const auto bytes = [](base::ByteView view) {
    return reinterpret_cast<const unsigned char*>(view.data());
  };
  Fingerprint out{};
  crypto_generichash_state state;
  crypto_generichash_init(&state, bytes(key), key.size(), out.size());
  crypto_generichash_update(&state, bytes(attributes), attributes.size());
  crypto_generichash_update(&state, bytes(secret), secret.size());
  crypto_generichash_final(&state, reinterpret_cast<unsigned char*>(out.data()), out.size());
  sodium_memzero(&state, sizeof state);
  return out;
}

// What the collection has before this file.
base::Outcome LoginImport::take_stock() {
  were_there_.clear();
  auto key = SecretBytes::make(vault_.arena(), crypto_generichash_KEYBYTES);
  const Collection* collection = vault_.find(into_);
  if (!key || !collection) return base::fail(base::Code::unavailable, "there is no room for it");
  fingerprint_key_ = *std::move(key);
  randombytes_buf(fingerprint_key_.expose().data(), fingerprint_key_.size());
  for (const std::uint64_t number : collection->numbers()) {
    const auto item = collection->open(number);
    if (item)
      were_there_.insert(fingerprint_of(item->details, item->secret()));
    else if (item.error().code != base::Code::damaged)
      return base::fail(item.error());
  }
  return base::Ok{};
}

// Into a socket that had little before, and so has room for it.
bool LoginImport::send(base::ByteView frame) {
  iovec part{const_cast<std::byte*>(frame.data()), frame.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  const ssize_t sent = ::sendmsg(helper_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent == static_cast<ssize_t>(frame.size());
}

// Nothing is read of the helper until it has the key.
base::Outcome LoginImport::derive(transfer::KeyWanted wanted) {
  auto key = FileKey::make(vault_.arena(), std::move(wanted), password_.expose());
  if (!key) {
    base::log::error("login: a keyring cannot be read: {}", key.error().what);
    return base::fail(key.error());
  }
  key_ = std::make_shared<FileKey>(*std::move(key));
  if (go_on_deriving()) return base::Ok{};
  return base::fail(base::Code::busy, "it is locked, or too many passwords are being tried");
}

bool LoginImport::is_locked() const {
  const Collection* collection = vault_.find(into_);
  return !collection || collection->is_locked();
}

bool LoginImport::go_on_deriving() {
  if (is_locked()) return false;
  auto slice_done = [weak = weak_from_this(), key = key_] {
    const auto self = weak.lock();
    if (!self || self->key_ != key) return;  // the file was given up
    const bool goes_on = key->is_made() ? self->send_key() : self->go_on_deriving();
    if (!goes_on) self->conclude(Verdict::interrupted);
  };
  return vault_.worker().run([key = key_] { key->go_on(); }, std::move(slice_done));
}

bool LoginImport::send_key() {
  const auto key = std::exchange(key_, nullptr);
  auto frame = SecretBytes::make(vault_.arena(), transfer::size_of_key_frame(key->bytes()));
  if (!frame || is_locked()) return false;
  transfer::write_key_frame(frame->expose(), key->bytes());
  if (!send(frame->expose())) return false;
  listen();
  return true;
}

void LoginImport::listen() {
  const auto watched =
      vault_.loop().watch(helper_.get(), EPOLLIN, [this](std::uint32_t) { on_readable(); });
  listening_ = static_cast<bool>(watched);
  if (!watched) conclude(Verdict::interrupted);
}

void LoginImport::be_deaf() {
  if (std::exchange(listening_, false)) vault_.loop().unwatch(helper_.get());
}

void LoginImport::on_readable() {
  const auto self = shared_from_this();
  const base::MutableBytes room = stream_->room();
  const ssize_t got = ::read(helper_.get(), room.data(), room.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    base::log::error("login: coffer-formats ended before it had read a keyring");
    return conclude(Verdict::interrupted);
  }
  const base::Outcome took = stream_->took(static_cast<std::size_t>(got));
  if (!took) {
    if (took.error().code == base::Code::wrong_password) return conclude(Verdict::wrong_password);
    if (took.error().code == base::Code::damaged) return conclude(Verdict::unreadable);
    base::log::error("login: the import of a keyring was ended: {}", took.error().what);
    return conclude(Verdict::interrupted);
  }
  if (stream_->ended()) return conclude(Verdict::read);
  if (key_ || being_stored_ >= kMostBeingStored) be_deaf();
}

base::Outcome LoginImport::add(const ItemDetails& described, base::ByteView secret) {
  Collection* collection = vault_.find(into_);
  if (!collection) return base::fail(base::Code::no_such_collection, "the collection is gone");
  store::Imported& file = files_.back();
  if (const auto same = were_there_.find(fingerprint_of(described, secret));
      same != were_there_.end()) {
    were_there_.erase(same);
    ++file.items;
    return base::Ok{};
  }
  ItemDetails details = described;
  if (details.modified == 0) details.modified = details.created == 0 ? now() : details.created;
  if (details.created == 0) details.created = details.modified;
  auto added = collection->add(std::move(details), secret);
  if (!added) return base::fail(added.error());
  ++being_stored_;
  ++file.items;
  ++file.added;
  vault_.commit(into_, std::move(added->second),
                [weak = weak_from_this()](const base::Outcome& stored) {
                  if (const auto self = weak.lock()) self->on_stored(stored);
                });
  return base::Ok{};
}

void LoginImport::on_stored(const base::Outcome& stored) {
  --being_stored_;
  if (!stored && files_.back().verdict != Verdict::interrupted)
    base::log::error("login: an import cannot be stored: {}", stored.error().what);
  if (!stored) conclude(Verdict::interrupted);
  if (!helper_.valid()) return end_file();
  if (being_stored_ > 0) return;
  // What the frontend finds now is durable.
  if (const std::uint64_t added = files_.back().added; added - shown_ >= kShowEvery) {
    shown_ = added;
    vault_.items_came(into_);
  }
  if (!listening_) listen();
}

// No more is read of this file; what was read may still be on its way, and may still fail.
void LoginImport::conclude(Verdict verdict) {
  if (helper_.valid() || verdict == Verdict::interrupted) files_.back().verdict = verdict;
  if (stream_) files_.back().lost = stream_->lost();
  be_deaf();
  vault_.loop().cancel(patience_);
  helper_ = base::UniqueFd();
  key_.reset();
  end_file();
}

void LoginImport::end_file() {
  if (being_stored_ > 0 || !std::exchange(under_way_, false)) return;
  // Not from within the stream's own call.
  vault_.loop().defer([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->stream_.reset();
    self->were_there_.clear();
    self->fingerprint_key_ = SecretBytes();
    self->vault_.items_came(self->into_);
    self->ask();
  });
}

void LoginImport::report() {
  password_ = SecretBytes();
  is_over_ = true;
  if (files_.empty()) return settled_();
  store_.call(store::EndImport{{files_}}, [](auto reply) {
    if (!reply)
      base::log::error("login: the end of the import is not noted, and it will be repeated: {}",
                       reply.error().what);
  });
}

}  // namespace vault
