# Installs into an empty prefix and runs the programs from there.
file(REMOVE_RECURSE ${PREFIX})
execute_process(
  COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX}
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)

foreach(program pi-scheduler pi-worker pi-client)
  execute_process(
    COMMAND ${PREFIX}/${BIN}/${program} --version
    OUTPUT_VARIABLE printed COMMAND_ERROR_IS_FATAL ANY)
  string(FIND "${printed}" "${VERSION}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "${program} --version does not print ${VERSION}:\n${printed}")
  endif()
endforeach()

execute_process(
  COMMAND ${PREFIX}/${BIN}/pi-client run 1e6 --local --quiet
  OUTPUT_VARIABLE printed COMMAND_ERROR_IS_FATAL ANY)
if(NOT printed MATCHES "3\\.1")
  message(FATAL_ERROR "pi-client prints no estimate:\n${printed}")
endif()

foreach(document LICENSE README.md SECURITY.md docs/style.md)
  if(NOT EXISTS ${PREFIX}/${DOC}/${document})
    message(FATAL_ERROR "${DOC}/${document} is not installed")
  endif()
endforeach()

foreach(script slurm/worker.sbatch launch/ssh launch/kubernetes.yaml)
  if(NOT EXISTS ${PREFIX}/${SHARE}/pi/${script})
    message(FATAL_ERROR "${SHARE}/pi/${script} is not installed")
  endif()
endforeach()
