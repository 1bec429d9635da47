// A visitor for std::visit from lambdas, one for each alternative of a variant.
#pragma once

namespace pi {

// A missing alternative does not compile.
template <typename... Cases>
struct Match : Cases... {
  using Cases::operator()...;
};
template <typename... Cases>
Match(Cases...) -> Match<Cases...>;  // clang 14 needs it.

}  // namespace pi
