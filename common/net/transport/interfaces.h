// The numeric addresses under which other machines may reach this one.
#pragma once

#include <string>
#include <vector>

namespace pi::net {

// Of all interfaces that are up: IPv4 before IPv6, loopback last, link-local IPv6 left out.
std::vector<std::string> machineAddresses();

// Of the interface of that name, in the same order; empty when it has none or does not exist.
std::vector<std::string> interfaceAddresses(const std::string& name);

// The names of all interfaces that are up and have an address, for error messages.
std::vector<std::string> interfaceNames();

// This machine's own name for itself; "localhost" when it has none.
std::string hostName();

}  // namespace pi::net
