// The numeric addresses at which other machines may reach this one.
#pragma once

#include <string>
#include <vector>

namespace pi::net {

// The addresses of all interfaces that are up: IPv4 before IPv6, loopback last, without link-local
// IPv6.
std::vector<std::string> machineAddresses();

// The addresses of the interface with this name, in the same order.  Empty if it has none or does
// not exist.
std::vector<std::string> interfaceAddresses(const std::string& name);

// The names of all interfaces that are up and have an address, for error messages.
std::vector<std::string> interfaceNames();

// The host name of this machine; "localhost" if it has none.
std::string hostName();

}  // namespace pi::net
