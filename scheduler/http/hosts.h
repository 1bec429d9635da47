// The names by which browsers may know this scheduler.  A page of another site can have its own
// name resolve to this machine (DNS rebinding), and pages of other ports share its cookies.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pi::scheduler::http {

// The name or numeric address in a Host header, in lower case and without the port and the brackets
// of an IPv6 address.  Nullopt if the header is not one.
std::optional<std::string> hostIn(std::string_view header);

// localhost, 127.0.0.1 and ::1 are always ours, on every port: tunnels lead from them to here.
// `names`, in lower case, are further names and addresses of this scheduler.
bool isOurs(std::string_view host, const std::vector<std::string>& names);

enum class Scheme { kHttp, kHttps };

// Whether an Origin header names the page itself: the scheme and the Host header of the request,
// port included.
bool isSameOrigin(std::string_view origin, std::string_view hostHeader, Scheme scheme);

}  // namespace pi::scheduler::http
