// The numeric addresses at which other machines may reach this one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pi::net {

// The addresses of all interfaces that are up: IPv4 before IPv6, then loopback, and last those for
// containers; without link-local IPv6.
std::vector<std::string> machineAddresses();

// The addresses of the interface with this name, in the same order.  Empty if it has none or does
// not exist.
std::vector<std::string> interfaceAddresses(const std::string& name);

// Whether an interface of this name connects this machine with its own containers and virtual
// machines, such as docker0.  Other machines have addresses of their own on such a network.
bool isForContainers(std::string_view interface);

// The names of all interfaces that are up and have an address, for error messages.
std::vector<std::string> interfaceNames();

// The host name of this machine; "localhost" if it has none.
std::string hostName();

}  // namespace pi::net
