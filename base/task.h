// Coroutines for what takes several steps, each of which waits for somebody else's answer.
//
// With GCC 12, an aggregate that is made inside a co_await expression is destroyed twice: give it a
// name before.
#pragma once

#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace base {

// A running sequence of steps that yields a T at its end. It starts at once, and is awaited by one
// other task, or by nobody: then it runs to its end by itself. There is no way to stop it from
// outside; what it waits for must come, if only as an error.
template <class T>
class [[nodiscard]] Task;

namespace detail {

// What a task and whoever awaits it share. It lives until both are done with it.
template <class T>
struct TaskState {
  std::optional<T> value;
  std::coroutine_handle<> awaiting;
};

}  // namespace detail

template <class T>
class [[nodiscard]] Task {
 public:
  struct promise_type {
    std::shared_ptr<detail::TaskState<T>> state = std::make_shared<detail::TaskState<T>>();
    Task get_return_object() { return Task(state); }
    std::suspend_never initial_suspend() noexcept { return {}; }
    // The frame, with all that it holds, is gone before whoever waits goes on.
    struct End {
      bool await_ready() noexcept { return false; }
      void await_suspend(std::coroutine_handle<promise_type> ended) noexcept {
        const std::coroutine_handle<> awaiting = ended.promise().state->awaiting;
        ended.destroy();
        if (awaiting) awaiting.resume();
      }
      void await_resume() noexcept {}
    };
    End final_suspend() noexcept { return {}; }
    void unhandled_exception() { std::terminate(); }
    void return_value(T value) { state->value.emplace(std::move(value)); }
  };

  bool await_ready() const { return state_->value.has_value(); }
  void await_suspend(std::coroutine_handle<> awaiting) { state_->awaiting = awaiting; }
  T await_resume() { return *std::move(state_->value); }
  // Nobody waits for the end.
  void detach() && {}

 private:
  explicit Task(std::shared_ptr<detail::TaskState<T>> state) : state_(std::move(state)) {}
  std::shared_ptr<detail::TaskState<T>> state_;
};

// The answer to a question that is asked with a callback: `ask` gets the function to call, once.
template <class T>
class Answer {
 public:
  using Callback = std::function<void(T)>;
  explicit Answer(std::function<void(Callback)> ask) : ask_(std::move(ask)) {}

  bool await_ready() const { return false; }
  // True, to stay suspended, when the answer did not come at once.
  bool await_suspend(std::coroutine_handle<> awaiting) {
    const auto ask = std::move(ask_);
    const auto state = state_;
    ask([state, awaiting](T value) {
      state->value.emplace(std::move(value));
      if (state->awaiting) awaiting.resume();
    });
    if (state->value) return false;
    state->awaiting = awaiting;
    return true;
  }
  T await_resume() { return *std::move(state_->value); }

 private:
  std::function<void(Callback)> ask_;
  std::shared_ptr<detail::TaskState<T>> state_ = std::make_shared<detail::TaskState<T>>();
};

}  // namespace base
