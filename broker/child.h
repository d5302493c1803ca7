// One of the two other processes: the vault or the frontend, from one life to the next.
#pragma once

#include <functional>
#include <string>

#include "base/event_loop.h"
#include "broker/process.h"
#include "broker/restart_rule.h"
#include "ipc/server.h"

namespace broker {

class Child {
 public:
  // Serves a new process's socket until the function that it returns is called (or destroyed).
  using Close = std::function<void()>;
  using Serve = std::function<Close(base::UniqueFd socket, ipc::Channel::OnClosed on_closed)>;
  // The process is gone and all that it said has been heard; `how` it ended is for the log.
  using OnGone = std::function<void(std::string how)>;

  Child(base::EventLoop& loop, Program program, Serve serve, OnGone on_gone);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  base::Outcome start();
  // Closes its connection, on which it ends by itself, or is killed 700 ms later.
  void close();
  // Call after SIGCHLD.
  void reap();

  bool exists() const { return pid_ != 0; }
  pid_t pid() const { return pid_; }  // 0: none
  const std::string& name() const { return program_.name; }
  // Notes that it died; true when that happens too often.
  bool dies_too_often();

 private:
  void on_closed(const std::string& reason);
  void check_gone();
  bool follow_move();

  base::EventLoop& loop_;
  Program program_;
  Serve serve_;
  OnGone on_gone_;
  RestartRule rule_;
  pid_t pid_ = 0;              // 0: none
  int status_ = -1;            // of waitpid(), -1 while it runs
  base::UniqueFd last_words_;  // what it says when its sandbox stops it
  Close connection_;           // null when it is closed
};

// How a Child is served by `handler`, which must outlive it.
template <class P, class H>
Child::Serve serve_with(base::EventLoop& loop, H& handler) {
  return [&](base::UniqueFd socket, ipc::Channel::OnClosed on_closed) -> Child::Close {
    auto server =
        std::make_shared<ipc::Server<P, H>>(loop, std::move(socket), handler, std::move(on_closed));
    return [server] { server->close(); };
  };
}

}  // namespace broker
