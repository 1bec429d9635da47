# Configures with PI_TESTS=OFF; CMake's cache must name no package that only tests need.
file(REMOVE_RECURSE ${BUILD})
execute_process(
  COMMAND ${CMAKE_COMMAND} -S ${SOURCE} -B ${BUILD} -D PI_TESTS=OFF
    -D CMAKE_CXX_COMPILER=${COMPILER} -D CMAKE_C_COMPILER=${C_COMPILER}
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(STRINGS ${BUILD}/CMakeCache.txt found
  REGEX "^(doctest|DOCTEST|benchmark|OpenMP|AARCH64|QEMU|Random123|PI_CHROMIUM|_?Python3_)")
if(found)
  message(FATAL_ERROR "configuring the programs looked for: ${found}")
endif()
