#include "scheduler/reach.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <string_view>

#include "common/base/loopback.h"

namespace pi::scheduler {
namespace {

// 0.0.0.0 and ::, in any spelling, mean every address.
bool isEverywhere(const std::string& host) {
  in_addr v4{};
  in6_addr v6{};
  if (::inet_aton(host.c_str(), &v4) != 0) return v4.s_addr == INADDR_ANY;
  return ::inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_UNSPECIFIED(&v6);
}

// Nothing is wrong if the user has asked for an address of this machine alone.
bool isLocalByWish(const ServeOptions& options) {
  if (options.access.insecure && !options.insecureNetwork) return true;
  if (options.interface) return true;  // Its name says it.
  return options.host && isLoopback(*options.host);
}

std::string listText(const std::vector<std::string>& hosts) {
  std::string text;
  for (const std::string& host : hosts) text += (text.empty() ? "" : ", ") + host;
  return text;
}

}  // namespace

std::optional<std::string> reachWarning(const std::vector<Address>& addresses,
                                        const ServeOptions& options) {
  bool isReachable = std::ranges::any_of(
      addresses, [](const Address& address) { return !isLoopback(address.host); });
  if (isReachable || isLocalByWish(options)) return std::nullopt;
  if (options.host && !isEverywhere(*options.host) && !addresses.empty()) {
    return "--host " + *options.host + " means " + addresses.front().host +
           ", which only programs on this machine can reach; leave it out, or give a numeric "
           "address of the network";
  }
  return "this machine has no address that other machines can reach; the connection file is "
         "written again as soon as it has one, or give one with --contact-address";
}

std::optional<std::string> interfaceWarning(const std::string& interface,
                                            const std::vector<Address>& listening,
                                            const std::vector<std::string>& present) {
  std::vector<std::string> bound;
  for (const Address& address : listening) bound.push_back(address.host);
  if (std::ranges::is_permutation(bound, present)) return std::nullopt;
  return "the interface " + interface + " now has " +
         (present.empty() ? "no address" : listText(present)) +
         ", but the scheduler listens on what it had at the start, " + listText(bound) +
         "; restart the scheduler to listen on others";
}

}  // namespace pi::scheduler
