// The link to a scheduler's dashboard.
#pragma once

#include <string>

#include "common/net/discovery/connection_file.h"

namespace pi::client {

struct DashboardLink {
  std::string url;      // With the token, unless none is asked.
  std::string sshLine;  // Makes the same link work on another machine, at localhost.
  // The fingerprint of its certificate, as browsers show it; empty: the link has none.
  std::string fingerprint{};
  bool hasControl = false;  // It may change something, and works once.
  bool isLocal = true;      // Only the scheduler's machine can open the link without the ssh line.
};

// Throws Failure if the scheduler has no dashboard, or the file has no token for it.  `code`: of a
// link that may change something; empty: of one that may not.
DashboardLink dashboardLinkOf(const net::ConnectionFile& file, const std::string& code = "");

std::string dashboardText(const DashboardLink& link);

// {schema, url, ssh, certificate_sha256}
std::string dashboardJson(const DashboardLink& link);

// Whether the holder of the file may ask the scheduler by RPC: an observer's file has no key.
bool mayAsk(const net::ConnectionFile& file, const AccessOptions& access);

}  // namespace pi::client
