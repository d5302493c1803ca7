#include "broker/options.h"

#include <getopt.h>

#include <cstdio>

#include "base/log.h"

namespace broker {
namespace {

constexpr char kHelp[] =
    R"(Usage: cofferd [--login] [--replace] [--config FILE] [--data-dir DIR]
       cofferd --check [--json] [--data-dir DIR]

Coffer keeps passwords and other secrets and serves them on the session bus as
org.freedesktop.secrets. cofferd runs in the foreground and ends on SIGTERM.

  --login          unlock the collection "login" with the password on standard
                   input, read to its end (one newline at the end is dropped);
                   creates the collection when there is none
  --replace        take the bus name over from the program that owns it
  --config FILE    read this configuration, and no other
  --data-dir DIR   keep collections here
  --check          say what is wrong with the data directory and what to do about
                   it, file by file; starts nothing and changes nothing, and may
                   be used while cofferd runs. Needs no password, and so does
                   not look into what is sealed: the vault does at each unlock,
                   and the log says what it found. Exits with 0 when all is
                   fine, 1 when something is wrong
  --json           with --check: print it as JSON
  --help           show this text
  --version        show the version

Without --login, the credential "coffer.keyring-encryption-password" of a
systemd service (see systemd.exec(5)), or "oo7.keyring-encryption-password",
unlocks the collection "login" in the same way.

Files:
  $XDG_CONFIG_HOME/coffer/coffer.toml   configuration (default: ~/.config/...),
  /etc/coffer/coffer.toml               else this one; neither has to exist
  $XDG_DATA_HOME/coffer/                data (default: ~/.local/share/coffer)

Configuration (TOML), with the defaults:
  [kdf]                    # for new passwords: Argon2id
  passes = 3               # 1 to 64
  memory-kib = 65536       # 8192 to 1048576
  [search]
  locked = true            # find items of locked collections by their attributes
  [sessions]
  plain = "allow"          # "deny" refuses unencrypted sessions
  [memory]
  require-locked = false   # true: do not start when memory cannot be locked
  secretmem = "auto"       # keys in memory that even the kernel does not map
                           # (memfd_secret), which turns hibernation off; "auto":
                           # where hibernation is not possible anyway
  [sandbox]
  require = false          # true: do not start when the kernel has no Landlock,
                           # or gives the vault no namespaces of its own
  [pam]
  socket = true            # logins unlock the keyring (see pam_coffer(8))
  gnome-keyring-socket = false   # so do those with pam_gnome_keyring
  [import]
  login = true             # the first login takes over the login keyring of
                           # gnome-keyring or oo7, where its password is the same
  [portal]
  host-apps = "deny"       # "allow": programs outside of a sandbox get a secret of
                           # their own through the Secret portal too
  [prompt]
  pinentry = "auto"        # a program's path, or "none": who asks for passwords
                           # where the desktop has no prompter
)";

enum Option { login = 1, replace, check, json, config, data_dir, help, version };

constexpr option kOptions[] = {
    {"login", no_argument, nullptr, login},
    {"replace", no_argument, nullptr, replace},
    {"check", no_argument, nullptr, check},
    {"json", no_argument, nullptr, json},
    {"config", required_argument, nullptr, config},
    {"data-dir", required_argument, nullptr, data_dir},
    {"help", no_argument, nullptr, help},
    {"version", no_argument, nullptr, version},
    {nullptr, 0, nullptr, 0},
};

base::Failure<int> usage_error(std::string_view what) {
  base::log::error("{} (\"cofferd --help\" explains the options)", what);
  return base::Failure{2};
}

base::Failure<int> answered(const char* text) {
  std::fputs(text, stdout);
  return base::Failure{std::fflush(stdout) == 0 ? 0 : 1};
}

}  // namespace

base::Result<Options, int> parse_options(int argc, char** argv) {
  Options options;
  opterr = 0;  // we word the errors
  optind = 0;  // start afresh, also the second time
  for (int found; (found = ::getopt_long(argc, argv, "+:", kOptions, nullptr)) != -1;) {
    switch (found) {
      case login:
        options.login = true;
        break;
      case replace:
        options.replace = true;
        break;
      case check:
        options.check = true;
        break;
      case json:
        options.json = true;
        break;
      case config:
        options.config = optarg;
        break;
      case data_dir:
        options.data_dir = optarg;
        break;
      case help:
        return answered(kHelp);
      case version:
        return answered("cofferd " COFFER_VERSION "\n");
      case ':':
        return usage_error(fmt::format("{} needs a value", argv[optind - 1]));
      default:
        return usage_error(fmt::format("cannot understand {}", argv[optind - 1]));
    }
  }
  if (optind < argc) return usage_error(fmt::format("unexpected argument {}", argv[optind]));
  if (options.json && !options.check) return usage_error("--json goes with --check");
  if (options.check && (options.login || options.replace || options.config))
    return usage_error("--check goes with --json and --data-dir alone");
  if (options.config == "" || options.data_dir == "")
    return usage_error("--config and --data-dir need a path that is not empty");
  return options;
}

}  // namespace broker
