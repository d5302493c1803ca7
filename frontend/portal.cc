// The portal's objects on the bus: who may call what.
#include "frontend/portal.h"

#include "base/log.h"
#include "frontend/names.h"
#include "frontend/portal_names.h"

namespace frontend {
namespace {

// libsecret 0.20 listens for the portal's answer only when it has been told that it asked, and
// waits for ever for one that came before. So an answer is never that fast; the secret itself is.
constexpr std::chrono::milliseconds kUntilItListens{100};

namespace portal = portal_names;

constexpr const char* kIntrospection =
    "<!DOCTYPE node PUBLIC \"-//freedesktop//DTD D-BUS Object Introspection 1.0//EN\"\n"
    " \"http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd\">\n<node>\n"
    "  <interface name=\"org.freedesktop.impl.portal.Secret\">\n"
    "    <method name=\"RetrieveSecret\">\n"
    "      <arg type=\"o\" name=\"handle\" direction=\"in\"/>\n"
    "      <arg type=\"s\" name=\"app_id\" direction=\"in\"/>\n"
    "      <arg type=\"h\" name=\"fd\" direction=\"in\"/>\n"
    "      <arg type=\"a{sv}\" name=\"options\" direction=\"in\"/>\n"
    "      <arg type=\"u\" name=\"response\" direction=\"out\"/>\n"
    "      <arg type=\"a{sv}\" name=\"results\" direction=\"out\"/>\n"
    "    </method>\n"
    "    <property type=\"u\" name=\"version\" access=\"read\"/>\n"
    "  </interface>\n</node>\n";

}  // namespace

base::Outcome Portal::start(bool replace) {
  if (auto signed_on = bus_->sign_on(); !signed_on) return signed_on;
  Bus::Handlers handlers;
  handlers.on_call = [this](Message call) { on_call(std::move(call)); };
  handlers.on_client_gone = [](const std::string&) {};
  handlers.on_owner_changed = [this](const std::string&, const std::string& owner) {
    on_owner_changed(owner);
  };
  handlers.on_name_lost = [] {
    base::log::warning("somebody else has taken the name {}", portal::kBusName);
  };
  handlers.on_disconnected = [] { base::log::warning("the portal's connection to the bus ended"); };
  if (auto served = bus_->serve(around_.loop, std::move(handlers)); !served) return served;
  // Before anybody can call.
  owner_ = bus_->follow(portal::kPortal);
  const auto ours = bus_->request_name(portal::kBusName, replace);
  if (!ours) return base::fail(ours.error());
  if (!*ours)
    return base::fail(base::Code::busy,
                      std::string(portal::kBusName) + " is served by another program");
  bus_->set_open(true);
  return base::Ok{};
}

// --- Who calls ----------------------------------------------------------------------------------

bool Portal::is_portals(const Call& call) const {
  if (!owner_.empty() && call.message().sender() == owner_) return true;
  call.error(dbus_error::kAccessDenied,
             "Only the owner of " + std::string(portal::kPortal) + " may call this");
  return false;
}

// Nobody is left to hear the answers to what the former one asked.
void Portal::on_owner_changed(const std::string& owner) {
  if (owner == owner_) return;
  owner_ = owner;
  while (!requests_.empty()) {
    const Number number = requests_.begin()->first;
    requests_.begin()->second.reply = Message();
    finish(number, Response::cancelled);
  }
}

// --- What is called -----------------------------------------------------------------------------

void Portal::on_call(Message message) {
  const Call call(*bus_, std::move(message));
  if (on_standard_call(call)) return;
  const Message& asked = call.message();
  const auto is = [&](const char* interface, const char* member) {
    return asked.member() == member &&
           (asked.interface().empty() || asked.interface() == interface);
  };
  if (asked.path() == portal::kPath && is(portal::kSecret, "RetrieveSecret")) {
    if (is_portals(call)) retrieve(call);
  } else if (is(portal::kRequest, "Close")) {
    if (is_portals(call)) close(call);
  } else {
    call.error(dbus_error::kUnknownMethod, "No such method “" + std::string(asked.member()) + "”");
  }
}

// What anybody may ask: xdg-desktop-portal reads the properties before it owns its name.
bool Portal::on_standard_call(const Call& call) {
  const auto interface = call.message().interface();
  const auto member = call.message().member();
  if (interface == names::kPeer && member == "Ping") return call.reply(), true;
  if (interface == names::kIntrospectable && member == "Introspect")
    return call.reply([](Writer& writer) { writer.text(kIntrospection); }), true;
  if (interface != names::kProperties) return false;
  get_property(call);
  return true;
}

void Portal::get_property(const Call& call) {
  const auto version = [](Writer& value) { value.number32(portal::kVersion); };
  const auto member = call.message().member();
  Reader arguments = call.arguments();
  const std::string interface = arguments.text();
  const std::string name = member == "Get" ? arguments.text() : "";
  if (call.message().path() != portal::kPath || !arguments.ok()) return call.no_object();
  if (member == "Get" && interface == portal::kSecret && name == "version")
    return call.reply([&](Writer& writer) { writer.variant("u", version); });
  if (member == "GetAll")
    return call.reply([&](Writer& writer) {
      writer.within(DBUS_TYPE_ARRAY, "{sv}", [&](Writer& all) {
        if (interface == portal::kSecret) all.entry("version", "u", version);
      });
    });
  if (member == "Get")
    return call.error(dbus_error::kUnknownProperty, "No such property “" + name + "”");
  call.error(dbus_error::kPropertyReadOnly, "Nothing here can be set");
}

void Portal::retrieve(const Call& call) {
  if (call.message().signature() != "osha{sv}")
    return call.invalid("RetrieveSecret takes arguments of type (osha{sv})");
  Reader arguments = call.arguments();
  Request request;
  request.handle = arguments.path();
  request.application = arguments.text();
  request.to = arguments.descriptor();
  request.reply = Message::reply_to(call.message());
  for (const auto& [number, other] : requests_)
    if (other.handle == request.handle)
      return call.error(dbus_error::kAlreadyExists, "There is such a request already");
  const bool works = request.to.valid() && requests_.size() < kMaxRequests;
  const Number number = ++last_;
  requests_.emplace(number, std::move(request));
  // When the call, with its duplicate of the descriptor, is gone.
  around_.loop.defer([this, number, works] {
    if (works)
      serve(number).detach();
    else
      finish(number, Response::other);
  });
}

void Portal::close(const Call& call) {
  for (const auto& [number, request] : requests_) {
    if (request.handle != call.message().path()) continue;
    const Number closed = number;
    call.reply();
    return finish(closed, Response::cancelled);
  }
  call.no_object();
}

void Portal::finish(Number number, Response response) {
  auto ended = requests_.extract(number);
  if (!ended) return;
  Request& request = ended.mapped();
  request.to = base::UniqueFd();
  leave(number);
  if (!request.reply) return;
  Writer(request.reply)
      .number32(static_cast<std::uint32_t>(response))
      .within(DBUS_TYPE_ARRAY, "{sv}", [](Writer&) {});
  const auto reply = std::make_shared<Message>(std::move(request.reply));
  around_.loop.after(kUntilItListens, [this, reply] { bus_->send(*reply); });
}

}  // namespace frontend
