# The files that `cmake --install` copies.  The components "programs", "gpu", "files" and "zsh" are
# installed by default.  "static" has the static programs, in place of "programs"; "debian" has the
# completion of zsh where Debian wants it, in place of "zsh".
install(TARGETS pi-scheduler pi-worker pi-client
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT programs)
if(PI_STATIC_PROGRAMS)
  install(TARGETS ${PI_STATIC_PROGRAMS}
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT static EXCLUDE_FROM_ALL)
endif()

set(data ${CMAKE_INSTALL_DATADIR})
install(DIRECTORY ${share}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT files)
install(DIRECTORY ${share}/bash-completion ${share}/fish DESTINATION ${data} COMPONENT files)
install(DIRECTORY ${share}/zsh/site-functions DESTINATION ${data}/zsh COMPONENT zsh)
install(DIRECTORY ${share}/zsh/site-functions/ DESTINATION ${data}/zsh/vendor-completions
  COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES copyright DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT debian EXCLUDE_FROM_ALL)

# systemd finds a user's units in ~/.local/share and in /usr/share.
install(FILES ${PROJECT_SOURCE_DIR}/scripts/launch/pi-scheduler.service
  DESTINATION ${data}/systemd/user COMPONENT files)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/scripts/slurm ${PROJECT_SOURCE_DIR}/scripts/launch
  DESTINATION ${data}/pi COMPONENT files USE_SOURCE_PERMISSIONS)
list(TRANSFORM PI_DOCUMENTS PREPEND ${PROJECT_SOURCE_DIR}/)
install(FILES ${PI_DOCUMENTS} DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT files)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT files)
