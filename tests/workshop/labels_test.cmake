# Compares the number of all tests with the number of those labelled quick or full, and those that
# start a browser or other systems with those labelled full.
function(count result)
  set(${result} 0 PARENT_SCOPE)
  execute_process(
    COMMAND ${CTEST} --show-only ${ARGN}
    WORKING_DIRECTORY ${BUILD} OUTPUT_VARIABLE printed COMMAND_ERROR_IS_FATAL ANY)
  if(printed MATCHES "Total Tests: ([1-9][0-9]*)")
    set(${result} ${CMAKE_MATCH_1} PARENT_SCOPE)
  endif()
endfunction()

count(all)
count(labelled --label-regex "^(quick|full)$")
if(all EQUAL 0)
  message(FATAL_ERROR "ctest lists no tests")
endif()
if(NOT all EQUAL labelled)
  execute_process(
    COMMAND ${CTEST} --show-only --label-exclude "^(quick|full)$" WORKING_DIRECTORY ${BUILD})
  message(FATAL_ERROR "of ${all} tests only ${labelled} have the label quick or full")
endif()

foreach(long "slurm_tests:" "launch_tests:" "browser(:|_tests)" "chaos$" "tutorial:"
    "cluster_tests:(Prometheus|promtool) ")
  count(quick --tests-regex "^${long}" --label-regex "^quick$")
  if(NOT quick EQUAL 0)
    message(FATAL_ERROR "${quick} tests that match '${long}' have the label quick, not full")
  endif()
endforeach()
