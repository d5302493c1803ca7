// coffer-frontend: speaks D-Bus. Born with one socket, to the broker, as descriptor 3.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <optional>

#include "base/log.h"
#include "frontend/names.h"
#include "frontend/portal.h"
#include "frontend/service.h"
#include "ipc/control_protocol.h"
#include "seccomp/sandbox.h"

namespace {

constexpr int kBroker = 3;
using Broker = ipc::Client<ipc::control::Protocol>;
using ipc::control::ReportName;

std::string read_machine_id() {
  std::string id;
  std::ifstream("/etc/machine-id") >> id;
  return id.size() == 32 ? id : std::string(32, '0');
}

// Takes the name, or says why not: the report for the broker.
ReportName take_name(frontend::Bus& bus, bool replace) {
  if (auto signed_on = bus.sign_on(); !signed_on)
    return {ReportName::State::no_bus, {}, 0, {signed_on.error().what}};
  const auto ours = bus.request_name(frontend::names::kBusName, replace);
  if (!ours) return {ReportName::State::no_bus, {}, 0, {ours.error().what}};
  if (*ours) return {ReportName::State::owned, {}, 0, {}};
  const auto owner = bus.owner_of_name();
  return {ReportName::State::taken, {owner.unique_name}, owner.pid, {}};
}

void serve_vaults(Broker& broker, frontend::Service& service) {
  broker.call(ipc::control::AwaitVault{}, [&service](auto reply) {
    if (reply) service.attach(std::move(reply->vault.value));
  });
}

}  // namespace

int main(int argc, char** argv) {
  base::log::start("coffer-frontend");
  const auto is_given = [&](std::string_view option) {
    return std::find(argv + 1, argv + argc, option) != argv + argc;
  };
  const bool replace = is_given("--replace");
  const std::string machine_id = read_machine_id();

  const base::Processors processors;
  // The sockets to the bus, unread; then give up everything else.
  auto bus = frontend::Bus::open();
  auto portal_bus = frontend::Bus::open();
  base::EventLoop loop;
  const auto confinement = sandbox::close(sandbox::Role::frontend);
  if (!confinement) return base::log::error("cannot start: {}", confinement.error().what), 1;

  // And only then listen.
  Broker broker(loop, base::UniqueFd(kBroker), [&](std::string) { loop.stop(); });
  const auto report = [&](ReportName name) {
    name.landlock = confinement->landlock;
    broker.call(std::move(name), [](auto) {});
  };
  if (!bus) return report({ReportName::State::no_bus, {}, 0, {bus.error().what}}), loop.run(), 1;
  ReportName name = take_name(**bus, replace);
  if (name.state != ReportName::State::owned) return report(std::move(name)), loop.run(), 1;

  const auto identify = [&](std::uint32_t pid, std::function<void(std::string)> done) {
    broker.call(ipc::control::IdentifyProcess{pid}, [done = std::move(done)](auto reply) {
      done(reply ? std::move(reply->program.value) : std::string());
    });
  };
  const auto find_publisher = [&](std::string application, auto done) {
    broker.call(ipc::control::FindPublisher{{std::move(application)}},
                [done = std::move(done)](auto reply) {
                  done(reply ? *std::move(reply) : ipc::Installed{});
                });
  };
  const auto start_pinentry = [&](auto done) {
    broker.call(ipc::control::StartPinentry{}, [done = std::move(done)](auto reply) {
      if (reply)
        done(frontend::wire::PinentryId{reply->number});
      else
        done(base::fail(reply.error()));
    });
  };
  const auto describe = [&](auto done) {
    broker.call(ipc::control::Describe{}, [done = std::move(done)](auto reply) {
      frontend::StringMap facts;
      if (reply)
        for (auto& fact : reply->facts.items) facts[fact.name.value] = std::move(fact.value.value);
      done(std::move(facts));
    });
  };
  std::optional<frontend::Portal> portal;
  const auto set_serving = [&](bool serving) {
    if (portal) portal->set_serving(serving);
  };
  frontend::VaultLink vault(loop, processors);
  frontend::Service service(
      loop, **bus, vault, machine_id,
      {identify, start_pinentry, describe, [&] { serve_vaults(broker, service); }, set_serving});
  const frontend::Bus::Handlers handlers{
      .on_call = [&](frontend::Message call) { service.on_call(std::move(call)); },
      .on_client_gone = [&](const std::string& client) { service.on_client_gone(client); },
      .on_name_lost =
          [&] {
            report({ReportName::State::lost, {}, 0, {}});
          },
      .on_disconnected =
          [&] {
            report({ReportName::State::no_bus, {}, 0, {"the session bus went away"}});
          }};
  if (auto served = (*bus)->serve(loop, handlers); !served)
    return base::log::error("{}", served.error().what), 1;
  if (portal_bus) {
    portal.emplace(*std::move(portal_bus),
                   frontend::Portal::Surroundings{loop, service, identify, find_publisher,
                                                  is_given("--portal-host-apps")});
    if (auto started = portal->start(replace); !started)
      base::log::warning("applications get no secrets through the portal: {}",
                         started.error().what);
  }
  report(std::move(name));
  serve_vaults(broker, service);
  loop.run();
  return 0;
}
