#include "client/dashboard.h"

#include <string_view>

#include "client/commands.h"
#include "client/failure.h"
#include "client/find_scheduler.h"
#include "client/job_calls.h"
#include "client/output.h"
#include "common/base/address.h"
#include "common/base/loopback.h"
#include "common/json/documents.h"

namespace pi::client {
namespace {

// "127.0.0.1:8787" of "http://127.0.0.1:8787/".
std::string_view placeIn(std::string_view url) {
  url.remove_prefix(url.find("://") + 3);
  return url.substr(0, url.find('/'));
}

ExitCode printLink(const DashboardLink& link, const Options& options) {
  print(options.output == Output::kJson ? dashboardJson(link) : dashboardText(link));
  return ExitCode::kDone;
}

}  // namespace

DashboardLink dashboardLinkOf(const net::ConnectionFile& file, const std::string& code) {
  if (file.dashboard.find("://") == std::string::npos) {
    throw Failure(ExitCode::kFailed,
                  "this scheduler has no dashboard: it was started with --dashboard-address none, "
                  "or the connection file is of an older release");
  }
  DashboardLink link{.url = file.dashboard, .sshLine = {}};
  if (file.observerToken.empty() && file.security != net::Security::kNone) {
    throw Failure(ExitCode::kRefused,
                  "the connection file has no token for the dashboard; get a file with "
                  "'pi-scheduler access observer' and name it with --connection-file");
  }
  if (!code.empty()) {
    link.url += "?code=" + code;
    link.hasControl = true;
  } else if (!file.observerToken.empty()) {
    link.url += "?token=" + std::string(file.observerToken.reveal());
  }
  std::string place(placeIn(file.dashboard));
  std::string port = place.substr(place.rfind(':') + 1);
  Parsed<Address> address = parseAddress(place);
  link.isLocal = address.value && isLoopback(address.value->host);
  link.fingerprint = file.dashboardFingerprint;
  link.sshLine = "ssh -N -L " + port + ":" + place + " " + file.host;
  return link;
}

std::string dashboardText(const DashboardLink& link) {
  std::string text = link.url + "\n\n";
  if (link.hasControl) {
    text +=
        "The link works once, and within a minute.  The page may then submit and cancel jobs for "
        "eight hours.\n\n";
  }
  if (!link.fingerprint.empty()) {
    text +=
        "The scheduler has made its certificate itself, so the browser warns of it.  Before you "
        "accept it, compare its SHA-256 fingerprint:\n  " +
        link.fingerprint + "\n\n";
  }
  if (link.isLocal && link.hasControl) {
    text +=
        "It works on the scheduler's machine.  For another one, run this there first, and then get "
        "a new link:\n  ";
  } else if (link.isLocal) {
    text +=
        "The link works on the scheduler's machine.  For another one, run this there, and open "
        "the link there:\n  ";
  } else {
    text += "If the network keeps the browser's machine from the scheduler's, run this there" +
            std::string(link.hasControl ? " first, get a new link" : "") +
            ", and open the link with localhost as its host:\n  ";
  }
  return text + link.sshLine + "\n";
}

std::string dashboardJson(const DashboardLink& link) {
  Json fingerprint = link.fingerprint.empty() ? Json() : Json(link.fingerprint);
  return jsonLine({{"schema", kSchema},
                   {"url", link.url},
                   {"ssh", link.sshLine},
                   {"certificate_sha256", fingerprint}});
}

bool mayAsk(const net::ConnectionFile& file, const AccessOptions& access) {
  if (file.security == net::Security::kNone || access.insecure) return true;
  if (access.certificates) return true;
  if (file.security == net::Security::kCertificates) return false;
  return !net::keyOf(file, Role::kClient).empty() || !net::keyOf(file, Role::kOwner).empty();
}

ExitCode run(const command::Dashboard& command, const Options& options) {
  net::ConnectionFile file = readFileOfScheduler(options);
  DashboardLink link = dashboardLinkOf(file);  // Before anything is opened.
  // Without keys every link may change something.
  bool needsCode = command.control && file.security != net::Security::kNone;
  if (needsCode || mayAsk(file, options.access)) {
    net::KjLoop loop;
    // Without a scheduler the link would lead nowhere.
    net::ClientLink connection = connectToScheduler(loop, options);
    if (!needsCode) return printLink(link, options);
    std::string secret = openControl(connection, command.token);
    if (command.token) {
      print(secret + "\n");
      return ExitCode::kDone;
    }
    return printLink(dashboardLinkOf(file, secret), options);
  }
  report(
      "warning: this connection file has no key to ask the scheduler, so the link may be of one "
      "that has ended");
  return printLink(link, options);
}

}  // namespace pi::client
