# Without Node the scheduler has a plain page: if that is asked for, and if there is no Node.
file(REMOVE_RECURSE ${BUILD})
function(configure result output)
  execute_process(
    COMMAND ${CMAKE_COMMAND} -S ${SOURCE} -B ${BUILD} -G Ninja -D PI_TESTS=OFF -D PI_CUDA=OFF
      -D CMAKE_CXX_COMPILER=${COMPILER} -D CMAKE_C_COMPILER=${C_COMPILER} ${ARGN}
    RESULT_VARIABLE status OUTPUT_VARIABLE printed ERROR_VARIABLE printed)
  set(${result} ${status} PARENT_SCOPE)
  set(${output} "${printed}" PARENT_SCOPE)
endfunction()
function(build_page)
  execute_process(
    COMMAND ${CMAKE_COMMAND} --build ${BUILD} --target pi_dashboard
    OUTPUT_VARIABLE printed COMMAND_ERROR_IS_FATAL ANY)
  if(printed MATCHES "packages|Bundling")
    message(FATAL_ERROR "the page was built:\n${printed}")
  endif()
endfunction()

configure(status printed -D PI_DASHBOARD=OFF)
file(STRINGS ${BUILD}/CMakeCache.txt found REGEX "^(PI_NODE|PI_NPM)")
if(NOT status EQUAL 0 OR found)
  message(FATAL_ERROR "configuring without the dashboard looked for: ${found}\n${printed}")
endif()
build_page()

set(no_node -D PI_NODE=/bin/false -D PI_NPM=/bin/false)
configure(status printed -D PI_DASHBOARD=AUTO ${no_node})
if(NOT status EQUAL 0 OR NOT printed MATCHES "The dashboard is a plain page")
  message(FATAL_ERROR "configuring without Node:\n${printed}")
endif()
build_page()

configure(status printed -D PI_DASHBOARD=ON ${no_node})
if(status EQUAL 0 OR NOT printed MATCHES "needs Node 18 or later")
  message(FATAL_ERROR "a dashboard was asked for, and there is no Node:\n${printed}")
endif()

if(NOT NODE)
  return()
endif()
# A registry that cannot be reached: the error names the way out.
configure(status printed -D PI_DASHBOARD=ON -D PI_NODE=${NODE} -D PI_NPM=/bin/false)
execute_process(
  COMMAND ${CMAKE_COMMAND} --build ${BUILD} --target pi_dashboard
  RESULT_VARIABLE status OUTPUT_VARIABLE printed ERROR_VARIABLE printed)
if(status EQUAL 0 OR NOT printed MATCHES "PI_DASHBOARD=OFF")
  message(FATAL_ERROR "the packages could not be installed:\n${printed}")
endif()
