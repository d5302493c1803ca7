// What the frontend asks of the broker. The frontend asks; the broker answers.
//
// Trust: the broker believes nothing that would give the frontend more than its socketpair to the
// vault; it acts on these messages only to inform the person at the terminal and to stop.
#pragma once

#include "ipc/protocol.h"
#include "ipc/publisher.h"
#include "ipc/types.h"

namespace ipc::control {

// Parked until there is a vault to talk to; the descriptor is the frontend's end of that
// connection. Asked again whenever the vault was lost.
struct AwaitVault {
  static constexpr std::uint16_t tag = 1;
  static constexpr std::string_view name = "AwaitVault";
  struct Reply {
    Fd vault;
    static constexpr auto fields = std::tuple{&Reply::vault};
  };
  static constexpr std::tuple<> fields{};
};

// How it stands with the bus name org.freedesktop.secrets.
struct ReportName {
  static constexpr std::uint16_t tag = 2;
  static constexpr std::string_view name = "ReportName";
  using Reply = Nothing;
  enum class State : std::uint8_t {
    owned = 1,
    taken = 2,   // somebody else has it: the daemon ends
    lost = 3,    // somebody took it over: the daemon ends
    no_bus = 4,  // the bus is not there, or went away: the daemon ends
  };
  State state{};
  Text<256> owner;              // the other owner's unique name, where there is one
  std::uint32_t owner_pid = 0;  // 0: unknown
  Text<1024> detail;
  std::uint32_t landlock = 0;  // sandbox::Confinement of the frontend
  static constexpr auto fields =
      std::tuple{&ReportName::state, &ReportName::owner, &ReportName::owner_pid,
                 &ReportName::detail, &ReportName::landlock};
};

// What a process is called, for a person to read: a sandboxed application's id, or the program's
// file name. Empty when it cannot be known. It is the process's own claim, and no proof of
// anything.
struct IdentifyProcess {
  static constexpr std::uint16_t tag = 3;
  static constexpr std::string_view name = "IdentifyProcess";
  struct Reply {
    Text<256> program;
    static constexpr auto fields = std::tuple{&Reply::program};
  };
  std::uint32_t pid = 0;
  static constexpr auto fields = std::tuple{&IdentifyProcess::pid};
};

// Starts the pinentry that the broker chose when it started, connected to the vault. Answered when
// the vault has it. Code::unavailable when there is none.
struct StartPinentry {
  static constexpr std::uint16_t tag = 4;
  static constexpr std::string_view name = "StartPinentry";
  struct Reply {
    std::uint64_t number = 0;  // by which the vault knows it
    static constexpr auto fields = std::tuple{&Reply::number};
  };
  static constexpr std::tuple<> fields{};
};

// Who publishes an application, as Flatpak's files say it; nothing where they do not.
struct FindPublisher {
  static constexpr std::uint16_t tag = 6;
  static constexpr std::string_view name = "FindPublisher";
  using Reply = Installed;
  Text<255> application;
  static constexpr auto fields = std::tuple{&FindPublisher::application};
};

// How the daemon stands, in words for a person: coffer(1) shows them. Nothing in them is secret.
struct Describe {
  static constexpr std::uint16_t tag = 7;
  static constexpr std::string_view name = "Describe";
  struct Fact {
    Text<64> name;
    Text<1024> value;
    static constexpr auto fields = std::tuple{&Fact::name, &Fact::value};
  };
  struct Reply {
    List<Fact, 32> facts;
    static constexpr auto fields = std::tuple{&Reply::facts};
  };
  static constexpr std::tuple<> fields{};
};

using Protocol =
    ipc::Protocol<AwaitVault, ReportName, IdentifyProcess, StartPinentry, FindPublisher, Describe>;

}  // namespace ipc::control

template <>
inline constexpr std::array ipc::kEnumerators<ipc::control::ReportName::State> = {
    ipc::control::ReportName::State::owned, ipc::control::ReportName::State::taken,
    ipc::control::ReportName::State::lost, ipc::control::ReportName::State::no_bus};
