# Installs the packages of package-lock.json below the build tree.  .npmrc keeps them from running
# code of their own.
file(COPY ${FROM}/.npmrc ${FROM}/package.json ${FROM}/package-lock.json DESTINATION ${TO})
execute_process(
  COMMAND ${NPM} ci --prefer-offline ${OPTIONS} WORKING_DIRECTORY ${TO} RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR
    "The dashboard's packages could not be installed: 'npm ci' failed (see above).  Give npm a "
    "registry, or configure with -DPI_DASHBOARD=OFF: then the scheduler serves a plain page.")
endif()
