// What the service, its collections and items do: D-Bus methods, and their prompts.
#include "cli/password_pipe.h"
#include "cli/secret_service.h"

namespace cli {

using namespace dbus::names;

namespace {

void append_label(Writer& dictionary, const char* property, const std::string& label) {
  dictionary.entry(property, "s", [&](Writer& value) { value.text(label); });
}

base::Result<std::string> read_path(const Message& reply) {
  Reader at(reply);
  std::string path = at.path();
  if (!at.ok()) return unreadable();
  return path;
}

// Of providers without gnome-keyring's interface, so that the words fit what was asked for.
base::Error without_prompt_error(const base::Error& error) {
  if (error.code != base::Code::no_such_item) return error;
  return {base::Code::not_supported,
          "the service takes no password this way, or the collection is gone"};
}

}  // namespace

bool SecretService::takes_descriptors() {
  if (takes_descriptors_) return *takes_descriptors_;
  takes_descriptors_ = false;
  if (!bus_.carries_descriptors()) return false;
  auto reply = bus_.call(bus_.new_call(kServicePath, kIntrospectable, "Introspect"));
  if (!reply) return false;
  const std::string offered = std::string("\"") + kPasswords + "\"";
  takes_descriptors_ = Reader(*reply).text().find(offered) != std::string::npos;
  return *takes_descriptors_;
}

template <class F>
base::Result<Message> SecretService::call_with_passwords(
    const char* method, F&& fill, std::initializer_list<const Secret*> passwords) {
  Message call = bus_.new_call(kServicePath, kPasswords, method);
  Writer at(call);
  fill(at);
  for (const Secret* password : passwords) {
    auto pipe = pipe_with(*password);
    if (!pipe) return base::fail(pipe.error());
    at.descriptor(pipe->get());
  }
  return bus_.call(call);
}

base::Outcome SecretService::send(const Message& call) {
  auto reply = bus_.call(call);
  if (!reply) return base::fail(reply.error());
  return base::Ok{};
}

base::Outcome SecretService::finish(const std::string& prompt) {
  if (prompt == kNoObject) return base::Ok{};
  auto completed = bus_.prompt(prompt);
  if (!completed) return base::fail(completed.error());
  return base::Ok{};
}

base::Result<Found> SecretService::search(const Attributes& attributes) {
  Message call = bus_.new_call(kServicePath, kService, "SearchItems");
  Writer(call).string_map(attributes);
  auto reply = bus_.call(call);
  if (!reply) return base::fail(reply.error());
  Reader at(*reply);
  Found found;
  found.unlocked = at.paths();
  found.locked = at.paths();
  if (!at.ok()) return unreadable();
  return found;
}

Attributes SecretService::describe() {
  auto reply = bus_.call(bus_.new_call(kServicePath, kStatus, "Describe"));
  if (!reply) return {};
  Reader reader(*reply);
  auto facts = reader.string_map();
  return reader.ok() ? facts : Attributes();
}

base::Result<std::string> SecretService::read_alias(const std::string& alias) {
  Message call = bus_.new_call(kServicePath, kService, "ReadAlias");
  Writer(call).text(alias);
  auto reply = bus_.call(call);
  if (!reply) return base::fail(reply.error());
  return read_path(*reply);
}

base::Outcome SecretService::set_alias(const std::string& alias, const std::string& collection) {
  Message call = bus_.new_call(kServicePath, kService, "SetAlias");
  Writer(call).text(alias).path(collection);
  return send(call);
}

base::Outcome SecretService::unlock(const std::vector<std::string>& paths) {
  Message call = bus_.new_call(kServicePath, kService, "Unlock");
  Writer(call).paths(paths);
  auto unlocked = send_and_finish(call, 1);
  if (!unlocked && unlocked.error().code == base::Code::locked)
    return base::fail(base::Code::locked, unlocked.error().what +
                                              "; \"coffer unlock --stdin\" asks for the password "
                                              "itself");
  return unlocked;
}

base::Outcome SecretService::lock(const std::vector<std::string>& paths) {
  Message call = bus_.new_call(kServicePath, kService, "Lock");
  Writer(call).paths(paths);
  return send_and_finish(call, 1);
}

base::Outcome SecretService::send_and_finish(const Message& call, int arrays_before) {
  auto reply = bus_.call(call);
  if (!reply) return base::fail(reply.error());
  Reader at(*reply);
  while (arrays_before-- > 0) at.paths();
  const std::string prompt = at.path();
  if (!at.ok()) return unreadable();
  return finish(prompt);
}

base::Result<std::string> SecretService::send_and_finish_with_path(const Message& call) {
  return finish_with_path(bus_.call(call));
}

base::Result<std::string> SecretService::finish_with_path(const base::Result<Message>& reply) {
  if (!reply) return base::fail(reply.error());
  Reader at(*reply);
  std::string path = at.path();
  const std::string prompt = at.path();
  if (!at.ok()) return unreadable();
  if (prompt == kNoObject) return path;
  auto completed = bus_.prompt(prompt);
  if (!completed) return base::fail(completed.error());
  Reader result(*completed);
  result.boolean();
  result.variant([&](Reader& value, std::string_view) { path = value.path(); });
  if (!result.ok()) return unreadable();
  return path;
}

base::Result<std::string> SecretService::create_collection(const std::string& label) {
  // With an alias that exists, the provider would answer its collection, and create none.
  constexpr const char* no_alias = "";
  Message call = bus_.new_call(kServicePath, kService, "CreateCollection");
  Writer(call)
      .within(DBUS_TYPE_ARRAY, "{sv}",
              [&](Writer& properties) { append_label(properties, kCollectionLabel, label); })
      .text(no_alias);
  return send_and_finish_with_path(call);
}

base::Outcome SecretService::change_password(const std::string& collection) {
  Message call = bus_.new_call(kServicePath, kInternal, "ChangeWithPrompt");
  Writer(call).path(collection);
  auto reply = bus_.call(call);
  if (!reply) return base::fail(without_prompt_error(reply.error()));
  auto prompt = read_path(*reply);
  if (!prompt) return base::fail(prompt.error());
  return finish(*prompt);
}

base::Result<std::string> SecretService::create_collection(const std::string& label,
                                                           const Secret& password) {
  if (takes_descriptors()) {
    auto reply = call_with_passwords("Create", [&](Writer& at) { at.text(label); }, {&password});
    if (!reply) return base::fail(reply.error());
    return read_path(*reply);
  }
  if (auto session = open_session(); !session) return base::fail(session.error());
  Message call = bus_.new_call(kServicePath, kInternal, "CreateWithMasterPassword");
  Writer at(call);
  at.within(DBUS_TYPE_ARRAY, "{sv}",
            [&](Writer& properties) { append_label(properties, kCollectionLabel, label); });
  append_secret(at, password.view(), "text/plain");
  auto reply = bus_.call(call);
  if (!reply) return base::fail(without_prompt_error(reply.error()));
  return read_path(*reply);
}

base::Outcome SecretService::change_password(const std::string& collection, const Secret& old,
                                             const Secret& wanted) {
  if (takes_descriptors()) {
    auto changed =
        call_with_passwords("Change", [&](Writer& at) { at.path(collection); }, {&old, &wanted});
    if (!changed) return base::fail(changed.error());
    return base::Ok{};
  }
  if (auto session = open_session(); !session) return base::fail(session.error());
  Message call = bus_.new_call(kServicePath, kInternal, "ChangeWithMasterPassword");
  Writer at(call);
  at.path(collection);
  append_secret(at, old.view(), "text/plain");
  append_secret(at, wanted.view(), "text/plain");
  auto sent = send(call);
  if (!sent) return base::fail(without_prompt_error(sent.error()));
  return base::Ok{};
}

base::Outcome SecretService::unlock(const std::string& collection, const Secret& password) {
  if (takes_descriptors()) {
    auto unlocked =
        call_with_passwords("Unlock", [&](Writer& at) { at.path(collection); }, {&password});
    if (!unlocked) return base::fail(unlocked.error());
    return base::Ok{};
  }
  if (auto session = open_session(); !session) return base::fail(session.error());
  Message call = bus_.new_call(kServicePath, kInternal, "UnlockWithMasterPassword");
  Writer at(call);
  at.path(collection);
  append_secret(at, password.view(), "text/plain");
  auto sent = send(call);
  if (!sent) return base::fail(without_prompt_error(sent.error()));
  return base::Ok{};
}

base::Result<std::string> SecretService::create_item(const std::string& collection,
                                                     const NewItem& item) {
  if (auto session = open_session(); !session) return base::fail(session.error());
  return send_and_finish_with_path(create_call(collection, item));
}

Message SecretService::create_call(const std::string& collection, const NewItem& item) const {
  Message call = bus_.new_call(collection, kCollection, "CreateItem");
  Writer at(call);
  at.within(DBUS_TYPE_ARRAY, "{sv}", [&](Writer& properties) {
    append_label(properties, kItemLabel, item.label);
    properties.entry(kItemAttributes, "a{ss}",
                     [&](Writer& value) { value.string_map(item.attributes); });
  });
  append_secret(at, item.secret.bytes.view(), item.secret.content_type);
  at.boolean(item.replace);
  return call;
}

base::Outcome SecretService::set_secret(const std::string& item, const SecretValue& secret) {
  if (auto session = open_session(); !session) return base::fail(session.error());
  Message call = bus_.new_call(item, kItem, "SetSecret");
  Writer at(call);
  append_secret(at, secret.bytes.view(), secret.content_type);
  return send(call);
}

base::Outcome SecretService::remove_item(const std::string& item) {
  return send_and_finish(bus_.new_call(item, kItem, "Delete"), 0);
}

base::Outcome SecretService::remove_collection(const std::string& collection) {
  return send_and_finish(bus_.new_call(collection, kCollection, "Delete"), 0);
}

}  // namespace cli
