# Installs into an empty prefix, as `cmake --install build --prefix ~/.local` does, and uses what is
# there.
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

  # man finds the page beside a folder of $PATH.
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env --unset=MANPATH PATH=${PREFIX}/${BIN}:$ENV{PATH} man ${program}
    OUTPUT_VARIABLE printed COMMAND_ERROR_IS_FATAL ANY)
  string(FIND "${printed}" "${program} - " at)
  if(at EQUAL -1)
    message(FATAL_ERROR "man ${program} shows another page:\n${printed}")
  endif()
endforeach()

execute_process(
  COMMAND ${PREFIX}/${BIN}/pi-client run 1e6 --local --quiet
  OUTPUT_VARIABLE printed COMMAND_ERROR_IS_FATAL ANY)
if(NOT printed MATCHES "3\\.1")
  message(FATAL_ERROR "pi-client prints no estimate:\n${printed}")
endif()

foreach(document LICENSE README.md SECURITY.md docs/style.md docs/release.md)
  if(NOT EXISTS ${PREFIX}/${DOC}/${document})
    message(FATAL_ERROR "${DOC}/${document} is not installed")
  endif()
endforeach()

foreach(file pi/slurm/worker.sbatch pi/launch/ssh pi/launch/kubernetes.yaml
    systemd/user/pi-scheduler.service bash-completion/completions/pi-client
    zsh/site-functions/_pi-worker fish/vendor_completions.d/pi-scheduler.fish)
  if(NOT EXISTS ${PREFIX}/${SHARE}/${file})
    message(FATAL_ERROR "${SHARE}/${file} is not installed")
  endif()
endforeach()

# These belong to packages only.
foreach(file zsh/vendor-completions doc/pi-scheduler/copyright)
  if(EXISTS ${PREFIX}/${SHARE}/${file})
    message(FATAL_ERROR "${SHARE}/${file} is installed")
  endif()
endforeach()
