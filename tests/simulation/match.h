// A visitor from lambdas, one for each alternative of a variant.  A missing one does not compile.
#pragma once

namespace pi::simulation {

template <typename... Cases>
struct Match : Cases... {
  using Cases::operator()...;
};
template <typename... Cases>
Match(Cases...) -> Match<Cases...>;  // clang 14 needs it.

}  // namespace pi::simulation
