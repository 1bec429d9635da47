// The packages that scripts/package makes.
#include <doctest/doctest.h>
#include <unistd.h>

#include <set>
#include <sstream>

#include "tests/can_run.h"
#include "tests/cluster/cluster.h"
#include "tests/package/empty_root.h"
#include "tests/temporary_folder.h"

namespace pi::cluster {
namespace {

namespace fs = std::filesystem;

// Both kinds of packages have these, below a prefix.
const Words kFiles = {
    "bin/pi-scheduler",
    "bin/pi-worker",
    "bin/pi-client",
    "share/man/man1/pi-scheduler.1",
    "share/man/man1/pi-worker.1",
    "share/man/man1/pi-client.1",
    "share/bash-completion/completions/pi-client",
    "share/fish/vendor_completions.d/pi-client.fish",
    "share/systemd/user/pi-scheduler.service",
    "share/pi/slurm/worker.sbatch",
    "share/pi/launch/Containerfile",
    "share/doc/pi-scheduler/README.md",
    "share/doc/pi-scheduler/LICENSE",
    "share/doc/pi-scheduler/docs/clusters.md",
};

struct Packages {
  Packages() {
    made = home.runShell("SOURCE_DATE_EPOCH=1700000000 exec " PI_SOURCE_DIRECTORY
                         "/scripts/package --build " PI_BUILD_FOLDER " --output " +
                         folder.path().string());
    INFO(made.err);
    REQUIRE(made.exitCode == 0);
    for (const auto& entry : fs::directory_iterator(folder.path())) {
      if (entry.path().extension() == ".gz") tarball = entry.path();
      if (entry.path().extension() == ".deb") debian = entry.path();
    }
    REQUIRE(tarball != "");
    REQUIRE(debian != "");
  }

  // The lines that a command prints in the folder.
  std::set<std::string> lines(const std::string& command) {
    Ended ended = home.runShell("cd " + folder.path().string() + " && " + command);
    INFO(ended.err);
    REQUIRE(ended.exitCode == 0);
    std::set<std::string> found;
    std::istringstream stream(ended.out);
    for (std::string line; std::getline(stream, line);) found.insert(line);
    return found;
  }

  Home home;
  TemporaryFolder folder;
  Ended made;
  fs::path tarball, debian;
};

}  // namespace

TEST_CASE("the tarball has the static programs, and all files below one folder") {
  Packages packages;
  std::string name = packages.tarball.filename().string();
  CHECK(name.starts_with("pi-scheduler-" PI_VERSION "-linux-"));
  std::string top = name.substr(0, name.size() - std::string(".tar.gz").size());
  std::set<std::string> files = packages.lines("tar --list --file " + name);
  for (const std::string& file : files) CHECK(file.starts_with(top + "/"));
  for (const std::string& file : kFiles) {
    CAPTURE(file);
    CHECK(files.contains(top + "/" + file));
  }
  CHECK(files.contains(top + "/share/zsh/site-functions/_pi-client"));
  CHECK(files.contains(top + "/share/doc/pi-scheduler/licenses/libssl-dev"));
  // All of them belong to root, and no one else may write them.
  for (const std::string& line :
       packages.lines("tar --list --verbose --numeric-owner --file " + name)) {
    CAPTURE(line);
    CHECK(mentions(line, " 0/0 "));
    CHECK(line.substr(5, 1) == "-");
    CHECK(line.substr(8, 1) == "-");
  }
  // As a user does it who has no root.
  Ended installed = packages.home.runShell(
      "mkdir \"$HOME/.local\" && tar -xzf " + packages.tarball.string() +
      " -C \"$HOME/.local\" --strip-components=1 && unset PI_CONNECTION_FILE && cd \"$HOME\" && "
      "PATH=$HOME/.local/bin:$PATH && pi-client run 1e6 --quiet --local && file -L \"$(command -v "
      "pi-client)\" && man -w pi-client");
  INFO(installed.err);
  CHECK(installed.exitCode == 0);
  CHECK(mentions(installed.out, "3.1"));
  CHECK(mentions(installed.out, "static-pie linked"));
  CHECK(mentions(installed.out, ".local/share/man/man1/pi-client.1"));
  CHECK(packages.lines("sha256sum --check SHA256SUMS").size() == 2);
}

TEST_CASE("two runs of scripts/package make the same bytes") {
  Packages first, second;
  for (const auto& name : {first.tarball.filename(), first.debian.filename()}) {
    CAPTURE(name);
    CHECK(contentOf(first.folder.path() / name) == contentOf(second.folder.path() / name));
  }
}

TEST_CASE("the Debian package depends on the libraries of its programs, and has all files") {
  Packages packages;
  std::string file = packages.debian.filename().string();
  CHECK(file.starts_with("pi-scheduler_" PI_VERSION));
  std::set<std::string> facts = packages.lines("dpkg-deb --info " + file);
  std::string depends;
  for (const std::string& fact : facts) {
    if (mentions(fact, " Depends: ")) depends = fact;
  }
  for (const char* library : {"libc6 (>= ", "libcapnp", "libssl3 (>= ", "libsqlite3-0 (>= ",
                              "libspdlog", "libncursesw6 (>= "}) {
    CAPTURE(library);
    CHECK(mentions(depends, library));
  }
  std::set<std::string> files =
      packages.lines("dpkg-deb --contents " + file + " | sed 's/.* \\.\\//\\//'");
  for (const std::string& each : kFiles) {
    CAPTURE(each);
    CHECK(files.contains("/usr/" + each));
  }
  CHECK(files.contains("/usr/share/zsh/vendor-completions/_pi-client"));
  CHECK(files.contains("/usr/share/doc/pi-scheduler/copyright"));
  CHECK_FALSE(files.contains("/usr/share/zsh/site-functions/_pi-client"));
  for (const std::string& line : packages.lines("dpkg-deb --contents " + file)) {
    CAPTURE(line);
    CHECK(mentions(line, "root/root"));
    CHECK(line.substr(8, 1) == "-");
  }
}

TEST_CASE("dpkg installs the Debian package, and removes all of it") {
  if (!canRun("dpkg as root", ::geteuid() == 0
                                  ? std::nullopt
                                  : std::optional<std::string>("this user is not root"))) {
    return;
  }
  Packages packages;
  fs::path root = packages.folder.path() / "root";
  std::string dpkg =
      "PATH=$PATH:/usr/sbin:/sbin dpkg --log=/dev/null --force-depends --root=" + root.string() +
      " ";
  Ended installed = packages.home.runShell("mkdir -p " + (root / "var/lib/dpkg/info").string() +
                                           " " + (root / "var/lib/dpkg/updates").string() +
                                           " && touch " + (root / "var/lib/dpkg/status").string() +
                                           " && " + dpkg + "--install " + packages.debian.string());
  INFO(installed.err);
  CHECK(installed.exitCode == 0);
  for (const std::string& file : kFiles) CHECK(fs::exists(root / "usr" / file));
  // It is linked to this system's libraries.
  CHECK(mentions(packages.home.runShell((root / "usr/bin/pi-client").string() + " --version").out,
                 PI_VERSION));

  Ended removed = packages.home.runShell(dpkg + "--remove pi-scheduler");
  INFO(removed.err);
  CHECK(removed.exitCode == 0);
  CHECK_FALSE(fs::exists(root / "usr/bin/pi-client"));
  CHECK_FALSE(fs::exists(root / "usr/share/doc/pi-scheduler"));
}

TEST_CASE("scripts/package says what is missing") {
  Home home;
  const std::string script = PI_SOURCE_DIRECTORY "/scripts/package";
  Ended wrong = home.runShell(script + " --frob");
  CHECK(wrong.exitCode == 2);
  CHECK(mentions(wrong.err, "usage: "));
  CHECK(home.runShell(script + " --build").exitCode == 2);
  Ended none = home.runShell("SOURCE_DATE_EPOCH=1 " + script + " --build \"$HOME\"");
  CHECK(none.exitCode == 1);
  CHECK(isOneLine(none.err));
  CHECK(mentions(none.err, "PI_STATIC=ON"));
  Ended lint = home.runShell("shellcheck " + script);
  CHECK(lint.out == "");
}

}  // namespace pi::cluster
