// org.freedesktop.impl.portal.Secret: a secret of its own for each sandboxed application.
//
// Applications call xdg-desktop-portal, which finds out who they are and calls us: so the owner of
// org.freedesktop.portal.Desktop alone is believed. We speak to it over a connection of our own,
// because a sandbox's filter judges a connection by all the names that it has: who may talk to
// org.freedesktop.secrets must not reach this. (Documentation of xdg-desktop-portal, "Secret".)
#pragma once

#include <map>
#include <vector>

#include "frontend/service.h"

namespace frontend {

class Portal {
 public:
  static constexpr std::size_t kMaxRequests = 128;

  // What the portal works with; all of it outlives it.
  struct Surroundings {
    base::EventLoop& loop;
    Service& service;
    Service::Identify identify;
    // Who publishes an application; nothing when nobody knows.
    std::function<void(std::string application, std::function<void(ipc::Installed)>)>
        find_publisher;
    // Programs outside of a sandbox, which have no application id, get a secret each, by the name
    // of the program; otherwise they get none.
    bool host_applications = false;
  };
  Portal(std::unique_ptr<Bus> bus, Surroundings around)
      : bus_(std::move(bus)), around_(std::move(around)) {}

  // Signs on and takes the name. Blocks; for start-up. Code::busy when somebody else has the name.
  base::Outcome start(bool replace);
  // Requests are worked on while the vault is there; new ones wait meanwhile.
  void set_serving(bool serving);

 private:
  using Number = std::uint64_t;
  // Response of org.freedesktop.portal.Request.
  enum class Response : std::uint32_t { success = 0, cancelled = 1, other = 2 };
  struct Request {
    std::string handle;
    std::string application;
    ipc::Installed installed;
    base::UniqueFd to;
    Message reply;  // made in advance, because the call holds a duplicate of the descriptor
  };
  // One prompt for all that wait for the same: collections, or the judgement of an application.
  using Answered = std::function<void(Outcome)>;
  struct Asking {
    std::uint64_t prompt = 0;
    std::map<Number, Answered> waiting;
  };
  using Subject = std::vector<std::string>;

  void on_call(Message message);
  void on_owner_changed(const std::string& owner);
  bool is_portals(const Call& call) const;
  bool on_standard_call(const Call& call);
  void get_property(const Call& call);
  void retrieve(const Call& call);
  void close(const Call& call);
  // Ends a request: the descriptor is closed, then the call answered.
  void finish(Number number, Response response);
  base::Task<base::Ok> serve(Number number);
  base::Task<bool> identify_host(Number number);
  base::Task<Response> make_ready(Number number);
  base::Task<Response> make(Number number);
  base::Task<Response> unlock(Number number, std::vector<wire::CollectionId> locked);
  base::Task<base::Ok> find_publisher(Number number);
  base::Task<Response> adopt(Number number);
  base::Task<Response> judge(Number number, std::string before);
  void join(Number number, Subject subject, Work work, Answered answered);
  wire::PortalApplication application_of(Number number) const;
  void leave(Number number);
  bool is_over(Number number) const { return !requests_.contains(number); }

  std::unique_ptr<Bus> bus_;
  Surroundings around_;
  std::string owner_;  // of org.freedesktop.portal.Desktop; empty: nobody
  bool serving_ = false;
  std::vector<std::function<void(base::Ok)>> waiting_;  // for the vault
  Number last_ = 0;
  std::map<Number, Request> requests_;
  std::map<Subject, Asking> asking_;
};

}  // namespace frontend
