#include "common/net/transport/interfaces.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>

namespace pi::net {
namespace {

struct Found {
  std::string interface;
  std::string address;
  int rank = 0;  // Lower: more likely to be reachable from another machine.
};

// The address is empty if another machine cannot use it.
Found describe(const ifaddrs& entry) {
  Found found{.interface = entry.ifa_name, .address = {}, .rank = 0};
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  int family = entry.ifa_addr->sa_family;
  if (family == AF_INET) {
    bytes = &reinterpret_cast<const sockaddr_in*>(entry.ifa_addr)->sin_addr;
  } else if (family == AF_INET6) {
    const auto& address = reinterpret_cast<const sockaddr_in6*>(entry.ifa_addr)->sin6_addr;
    if (IN6_IS_ADDR_LINKLOCAL(&address)) return found;  // It is valid only with an interface.
    bytes = &address;
    found.rank = 1;
  }
  if (bytes == nullptr || inet_ntop(family, bytes, text.data(), text.size()) == nullptr) {
    return found;
  }
  found.address = text.data();
  if ((entry.ifa_flags & IFF_LOOPBACK) != 0) found.rank += 2;
  if (isForContainers(found.interface)) found.rank += 4;
  return found;
}

std::vector<Found> findAll() {
  std::vector<Found> all;
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return all;
  std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || (entry->ifa_flags & IFF_UP) == 0) continue;
    Found found = describe(*entry);
    if (!found.address.empty()) all.push_back(std::move(found));
  }
  std::ranges::stable_sort(all, {}, &Found::rank);
  return all;
}

}  // namespace

bool isForContainers(std::string_view interface) {
  // Docker, Podman, LXC and LXD, Kubernetes; libvirt, VirtualBox, VMware.  A bridge that has a name
  // such as br0 may be the machine's way to the network.
  constexpr auto kPrefixes =
      std::to_array<std::string_view>({"docker", "br-", "veth", "podman", "lxc", "lxdbr", "cni",
                                       "flannel", "cali", "virbr", "vnet", "vboxnet", "vmnet"});
  return std::ranges::any_of(
      kPrefixes, [interface](std::string_view prefix) { return interface.starts_with(prefix); });
}

std::vector<std::string> machineAddresses() {
  std::vector<std::string> addresses;
  for (const Found& found : findAll()) addresses.push_back(found.address);
  return addresses;
}

std::vector<std::string> interfaceAddresses(const std::string& name) {
  std::vector<std::string> addresses;
  for (const Found& found : findAll()) {
    if (found.interface == name) addresses.push_back(found.address);
  }
  return addresses;
}

std::vector<std::string> interfaceNames() {
  std::vector<std::string> names;
  for (const Found& found : findAll()) {
    if (std::ranges::find(names, found.interface) == names.end()) names.push_back(found.interface);
  }
  return names;
}

std::string hostName() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
  return name.data();
}

}  // namespace pi::net
