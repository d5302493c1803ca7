// One method call, to be answered once, now or later.
#pragma once

#include "frontend/bus.h"
#include "frontend/dbus_errors.h"

namespace frontend {

// Cheap to copy into the closure that will answer. The bus outlives every call.
class Call {
 public:
  Call(Bus& bus, Message message)
      : bus_(&bus), message_(std::make_shared<Message>(std::move(message))) {}

  const Message& message() const { return *message_; }
  Reader arguments() const { return Reader(*message_); }

  // Answers with what `fill` appends.
  template <class F>
  void reply(F&& fill) const {
    if (dbus_message_get_no_reply(message_->get())) return;
    Message reply = Message::reply_to(*message_);
    Writer writer(reply);
    fill(writer);
    bus_->send(reply);
  }
  void reply() const {
    reply([](Writer&) {});
  }
  void error(const char* name, const std::string& text) const {
    if (!dbus_message_get_no_reply(message_->get())) bus_->send(error_reply(*message_, name, text));
  }
  void error(const base::Error& failure) const { error(name_of(failure.code), failure.what); }
  void invalid(const std::string& text) const { error(dbus_error::kInvalidArgs, text); }
  void no_object() const {
    error(dbus_error::kUnknownMethod,
          "Object does not exist at path “" + std::string(message_->path()) + "”");
  }

 private:
  Bus* bus_;
  std::shared_ptr<Message> message_;
};

}  // namespace frontend
