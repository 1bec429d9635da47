# Runs scripts/statistics with small programs in the place of the batteries and of the tool.
file(REMOVE_RECURSE ${SCRATCH})
file(MAKE_DIRECTORY ${SCRATCH}/path ${SCRATCH}/build/bin)
foreach(needed bash dirname env head)
  find_program(found_${needed} ${needed} REQUIRED)
  file(CREATE_LINK ${found_${needed}} ${SCRATCH}/path/${needed} SYMBOLIC)
endforeach()

# A program of that name with these lines.
function(fake name)
  list(JOIN ARGN "\n" lines)
  file(WRITE ${SCRATCH}/${name} "#!/usr/bin/env bash\n${lines}\n")
  file(CHMOD ${SCRATCH}/${name} PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
endfunction()

# The script must end so, and print what matches each further argument.
function(expect ending)
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env PATH=${SCRATCH}/path
            ${SOURCE}/scripts/statistics ${SCRATCH}/build
    OUTPUT_VARIABLE printed ERROR_VARIABLE printed RESULT_VARIABLE result)
  if((ending STREQUAL "good" AND NOT result EQUAL 0) OR (ending STREQUAL "bad" AND result EQUAL 0))
    message(FATAL_ERROR "scripts/statistics ended with ${result}:\n${printed}")
  endif()
  foreach(wanted ${ARGN})
    if(NOT printed MATCHES "${wanted}")
      message(FATAL_ERROR "'${wanted}' is missing in:\n${printed}")
    endif()
  endforeach()
endfunction()

fake(path/cmake "exit 0")
fake(build/bin/stream_statistics
  [[test "$1" = scores && exit]]
  [[while echo "$2"]] [[do :]] [[done 2>/dev/null]] [[kill -PIPE $$]])
fake(path/testu01 [[head -c 100 >/dev/null]] [[echo "testu01 reads $1"]])
expect(good "dieharder is not on the PATH and will NOT run" "== testu01, starts"
  "testu01 reads Crush" "RNG_test was NOT run")

fake(path/RNG_test [[head -c 100 >/dev/null]] [[exit 3]])
fake(path/dieharder [[head -c 100 >/dev/null]])
expect(bad "== dieharder, lanes" "FAILED: RNG_test ended with 3 in the order samples"
  "FAILED: RNG_test ended with 3 in the order starts")

fake(path/RNG_test [[head -c 100 >/dev/null]])
expect(good "== RNG_test, blocks")
fake(build/bin/stream_statistics [[test "$1" = scores && exit]] "exit 5")
expect(bad "FAILED: stream_statistics draws samples ended with 5")
