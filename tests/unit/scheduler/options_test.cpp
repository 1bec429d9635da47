#include "scheduler/options.h"

#include <doctest/doctest.h>

#include "tests/unit/cli/options_testing.h"

namespace pi {
namespace {

using namespace std::chrono_literals;
using cli::accepted;
using cli::errorOf;
using cli::holds;
using cli::shownBy;

using Words = std::vector<std::string>;

ServeOptions served(const Words& words) {
  SchedulerOptions options = accepted(parseSchedulerOptions(words));
  REQUIRE(std::holds_alternative<ServeOptions>(options));
  return std::get<ServeOptions>(options);
}

TEST_CASE("a scheduler needs no options") {
  ServeOptions options = served({});
  CHECK_FALSE(options.host);
  CHECK_FALSE(options.interface);
  CHECK_FALSE(options.port);
  CHECK_FALSE(options.stateDir);
  CHECK_FALSE(options.connectionFile);
  CHECK_FALSE(options.pidFile);
  CHECK(options.idleTimeout == 0s);
  CHECK(options.logLevel == cli::LogLevel::kInfo);
  CHECK_FALSE(options.access.insecure);
  CHECK_FALSE(options.insecureNetwork);
  CHECK_FALSE(options.leaseTarget);
  CHECK_FALSE(options.silenceTimeout);
  CHECK_FALSE(options.reconnectGrace);
}

TEST_CASE("a contact address may leave its port to the listener") {
  for (const char* text : {"gateway", "tcp://gateway", "tcp://gateway/", "[::1]", "10.0.0.1"}) {
    CAPTURE(text);
    CHECK(served({"--contact-address", text}).contactAddress->port == 0);
  }
  for (const char* text : {"gateway:8786", "tcp://gateway:8786/", "[::1]:8786"}) {
    CAPTURE(text);
    CHECK(served({"--contact-address", text}).contactAddress->port == 8786);
  }
}

TEST_CASE("a scheduler takes all of its options") {
  ServeOptions options = served({"--host",
                                 "10.0.0.1",
                                 "--port",
                                 "0",
                                 "--state-dir",
                                 "s",
                                 "--connection-file",
                                 "c.json",
                                 "--idle-timeout",
                                 "8h",
                                 "--log-level",
                                 "warning",
                                 "--log-format",
                                 "json",
                                 "--pid-file",
                                 "p",
                                 "--log-file",
                                 "l",
                                 "--contact-address",
                                 "tcp://gateway:1",
                                 "--insecure",
                                 "--insecure-network"});
  CHECK(options.host == "10.0.0.1");
  CHECK(options.port == 0);
  CHECK(options.stateDir == "s");
  CHECK(options.connectionFile == "c.json");
  CHECK(options.idleTimeout == 8h);
  CHECK(options.logLevel == cli::LogLevel::kWarning);
  CHECK(options.logFormat == cli::LogFormat::kJson);
  CHECK(options.pidFile == "p");
  CHECK(options.logFile == "l");
  CHECK(options.contactAddress == Address{"gateway", 1});
  CHECK(options.access.insecure);
  CHECK(options.insecureNetwork);
  CHECK(served({"--interface", "ib0"}).interface == "ib0");
}

TEST_CASE("without keys a scheduler listens on the network only with --insecure-network") {
  for (const Words& where : {Words{"--host", "10.0.0.1"}, Words{"--host", "0.0.0.0"},
                             Words{"--host", "::"}, Words{"--interface", "eth0"}}) {
    Words words = where;
    words.emplace_back("--insecure");
    CHECK(holds(errorOf(parseSchedulerOptions(words)), "--insecure-network"));
    words.emplace_back("--insecure-network");
    CHECK(served(words).insecureNetwork);
  }
  for (const char* host : {"127.0.0.1", "127.1.2.3", "::1", "localhost"}) {
    CHECK(served({"--insecure", "--host", host}).access.insecure);
  }
  CHECK(served({"--insecure"}).access.insecure);
}

TEST_CASE("options for tests take fractions of a millisecond and are at the end of the help") {
  ServeOptions options =
      served({"--lease-target", "0.5ms", "--silence-timeout", "20us", "--reconnect-grace", "0"});
  CHECK(options.leaseTarget == 500us);
  CHECK(options.silenceTimeout == 20us);
  CHECK(options.reconnectGrace == 0s);
  std::string help = shownBy(parseSchedulerOptions({"--help"}));
  CHECK(holds(help, "For tests:\n      --lease-target D"));
  CHECK(holds(help, "--volatile"));
}

TEST_CASE("stop ends the scheduler, and with --workers its workers") {
  auto stop = std::get<StopOptions>(accepted(parseSchedulerOptions({"stop"})));
  CHECK_FALSE(stop.workers);
  CHECK_FALSE(stop.connectionFile);

  auto all = std::get<StopOptions>(
      accepted(parseSchedulerOptions({"stop", "--workers", "--connection-file", "c.json"})));
  CHECK(all.workers);
  CHECK(all.connectionFile == "c.json");
}

TEST_CASE("access prints a connection file for a role, with --rotate after replacing its key") {
  auto worker = std::get<AccessCommand>(accepted(parseSchedulerOptions({"access", "worker"})));
  CHECK(worker.role == Role::kWorker);
  CHECK_FALSE(worker.rotate);
  CHECK_FALSE(worker.stateDir);

  auto owner = std::get<AccessCommand>(accepted(parseSchedulerOptions(
      {"access", "owner", "--rotate", "--state-dir", "s", "--connection-file", "c.json"})));
  CHECK(owner.role == Role::kOwner);
  CHECK(owner.rotate);
  CHECK(owner.stateDir == "s");
  CHECK(owner.connectionFile == "c.json");
}

TEST_CASE("the dashboard has an address, or there is none") {
  CHECK(served({}).dashboard.host == "127.0.0.1");
  CHECK(served({}).dashboard.port == 8787);
  auto at = [](const char* text) { return served({"--dashboard-address", text}).dashboard; };
  CHECK(at("none").isOff);
  CHECK(at("127.0.0.1:9000").port == 9000);
  CHECK(at("127.0.0.1:0").port == 0);
  CHECK(at("localhost").port == 8787);
  CHECK(at("[::1]:9000").host == "::1");
  CHECK(at("0.0.0.0:8787").host == "0.0.0.0");
  CHECK(at("login1").host == "login1");
  for (const char* text :
       {"", "8787", "127.0.0.1:x", "127.0.0.1:65536", ":8787", "http://login1", "login 1"}) {
    CAPTURE(text);
    std::string error = errorOf(parseSchedulerOptions({"--dashboard-address", text}));
    CHECK(error.starts_with("--dashboard-address: "));
  }
}

TEST_CASE("without keys the dashboard is open to the network only if the user asked for that") {
  CHECK(errorOf(parseSchedulerOptions({"--insecure", "--dashboard-address", "0.0.0.0:8787"})) ==
        "--insecure alone serves the dashboard on this machine only; leave --dashboard-address "
        "out, or add --insecure-network");
  CHECK(served({"--insecure", "--insecure-network", "--dashboard-address", "login1"})
            .dashboard.host == "login1");
  CHECK(served({"--insecure", "--dashboard-address", "localhost:1"}).dashboard.port == 1);
}

TEST_CASE("browsers may know a scheduler by several names") {
  CHECK(served({"--dashboard-host", "pi.example", "--dashboard-host", "pi"}).dashboard.names ==
        std::vector<std::string>{"pi.example", "pi"});
  CHECK(errorOf(parseSchedulerOptions({"--dashboard-host", "http://pi"}))
            .starts_with("--dashboard-host: \"http://pi\" is not a host name"));
}

TEST_CASE("a site's certificates are three files") {
  ServeOptions options =
      served({"--tls-cert", "c.pem", "--tls-key", "k.pem", "--tls-ca", "ca.pem"});
  CHECK(options.access.certificates ==
        CertificateFiles{.certificate = "c.pem", .key = "k.pem", .authority = "ca.pem"});
}

TEST_CASE("an error about a scheduler's options names the option") {
  auto error = [](const Words& words) { return errorOf(parseSchedulerOptions(words)); };
  CHECK(error({"start"}) ==
        "\"start\" is not a command; write one of stop, access, elastic and audit, or nothing, to "
        "start a "
        "scheduler");
  CHECK(error({"sotp"}) == "\"sotp\" is not a command; did you mean stop?");
  CHECK(error({"--prot", "1"}) == "\"--prot\" is not an option; did you mean --port?");
  CHECK(error({"access"}) ==
        "access needs ROLE, for example pi-scheduler access worker > worker.json");
  CHECK(error({"access", "king"}) ==
        "ROLE: \"king\" is not a role; write worker, client, owner or observer");
  CHECK(error({"access", "worker", "--port", "1"}) ==
        "--port cannot be used with access; leave it out");
  CHECK(error({"--rotate"}) ==
        "--rotate cannot be used without a command; it is an option of access");
  CHECK(error({"--tls-cert", "c"}) ==
        "--tls-cert, --tls-key and --tls-ca are used together; give all of them or none");
  CHECK(error({"--tls-cert", "c", "--tls-key", "k", "--tls-ca", "a", "--insecure"}) ==
        "--insecure and --tls-cert cannot be used together; leave one of them out");
  CHECK(error({"stop", "now"}) == "\"now\" is one argument too many; see pi-scheduler stop --help");
  CHECK(error({"stop", "--port", "1"}) == "--port cannot be used with stop; leave it out");
  CHECK(error({"--workers"}) ==
        "--workers cannot be used without a command; it is an option of stop");
  CHECK(error({"--insecure-network"}) ==
        "--insecure-network needs --insecure; write both, or better neither");
  CHECK(error({"--host", "a", "--interface", "b"}) ==
        "--host and --interface cannot be used together; leave one of them out");
  CHECK(error({"--port", "65536"}) ==
        "--port: \"65536\" is not valid; write a whole number from 0 to 65535");
  CHECK(error({"--idle-timeout", "x"}).starts_with("--idle-timeout: \"x\""));
  CHECK(error({"--log-level", "x"}).starts_with("--log-level: \"x\""));
  for (const char* option :
       {"--host", "--interface", "--state-dir", "--connection-file", "--pid-file"}) {
    CHECK(error({option, ""}).starts_with(std::string(option) + ": \"\" is empty"));
  }
  CHECK(error({"--lease-target", "0"}).starts_with("--lease-target: \"0\""));
  CHECK(error({"--frob"}).ends_with("; see pi-scheduler --help"));
}

TEST_CASE("stop and access have their own help, with only their options") {
  std::string stop = shownBy(parseSchedulerOptions({"stop", "--help"}));
  CHECK(stop.starts_with("Usage:\n  pi-scheduler stop"));
  CHECK(holds(stop, "--workers"));
  CHECK(holds(stop, "--tls-cert"));
  std::string access = shownBy(parseSchedulerOptions({"access", "--help"}));
  CHECK(access.starts_with("Usage:\n  pi-scheduler access"));
  CHECK(holds(access, "--rotate"));
  CHECK(holds(access, "--state-dir"));
  for (const std::string& help : {stop, access}) {
    CHECK_FALSE(holds(help, "--port"));
    CHECK_FALSE(holds(help, "--lease-target"));
  }
}

TEST_CASE("a scheduler's help has examples and every option") {
  std::string help = shownBy(parseSchedulerOptions({"--help"}));
  for (const char* part :
       {"Examples:", "--host", "--interface", "--port", "--state-dir", "--connection-file",
        "--idle-timeout", "--log-level", "--log-format", "--pid-file", "--insecure",
        "--insecure-network", "stop --workers", "--version"}) {
    CAPTURE(part);
    CHECK(holds(help, part));
  }
  CHECK(shownBy(parseSchedulerOptions({"--version"})).starts_with("pi-scheduler "));
}

ElasticCommand elasticBy(const Words& words) {
  SchedulerOptions options = accepted(parseSchedulerOptions(words));
  REQUIRE(std::holds_alternative<ElasticCommand>(options));
  return std::get<ElasticCommand>(options);
}

TEST_CASE("the owner lists, pauses and resumes queues by their numbers") {
  using Action = ElasticCommand::Action;
  CHECK(elasticBy({"elastic", "list", "--json"}).json);
  CHECK(elasticBy({"elastic", "dry-run"}).action == Action::kDryRun);
  ElasticCommand pause = elasticBy({"elastic", "pause", "2", "--reason", "maintenance"});
  CHECK(pause.action == Action::kPause);
  CHECK(pause.queue == 2);
  CHECK(pause.reason == "maintenance");
  CHECK(elasticBy({"elastic", "resume"}).queue == 0);
}

TEST_CASE("an elastic command that does not exist is refused with those that do") {
  auto error = [](const Words& words) { return errorOf(parseSchedulerOptions(words)); };
  CHECK(holds(error({"elastic", "stop"}), "write list, pause, resume or dry-run"));
  CHECK(holds(error({"elastic", "pause", "0"}), "elastic list shows the queues"));
  CHECK(holds(error({"elastic", "list", "1"}), "leave its number out"));
  CHECK(holds(error({"elastic", "resume", "--reason", "x"}), "leave it out"));
  CHECK(holds(error({"elastic", "pause", "--json"}), "leave it out"));
}

}  // namespace
}  // namespace pi
