// The credentials that a program shows to its scheduler.
#pragma once

#include "common/model/access.h"
#include "common/net/discovery/connection_file.h"
#include "common/net/tls/tls.h"

namespace pi::net {

// The credentials of a worker, a client or an owner: those of the command line, or else those of
// the connection file, which also says whether its scheduler uses TLS at all.  An owner without a
// key of its own uses the client's, and the reverse.
Credentials credentialsFor(Role role, const AccessOptions& options, const ConnectionFileRead& file);

}  // namespace pi::net
