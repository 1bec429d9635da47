# Compares the number of all tests with the number of those labelled quick or full.
function(count result)
  execute_process(
    COMMAND ${CTEST} --show-only ${ARGN}
    WORKING_DIRECTORY ${BUILD} OUTPUT_VARIABLE printed COMMAND_ERROR_IS_FATAL ANY)
  if(NOT printed MATCHES "Total Tests: ([1-9][0-9]*)")
    message(FATAL_ERROR "ctest lists no tests:\n${printed}")
  endif()
  set(${result} ${CMAKE_MATCH_1} PARENT_SCOPE)
endfunction()

count(all)
count(labelled --label-regex "^(quick|full)$")
if(NOT all EQUAL labelled)
  execute_process(
    COMMAND ${CTEST} --show-only --label-exclude "^(quick|full)$" WORKING_DIRECTORY ${BUILD})
  message(FATAL_ERROR "of ${all} tests only ${labelled} have the label quick or full")
endif()
