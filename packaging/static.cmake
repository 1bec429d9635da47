# The static programs, which run on any Linux system of this CPU architecture.  They are linked from
# the object files of the other programs, so they cost only the links and one file
# (logging_library.cpp).  The linker warns about getaddrinfo and dlopen: see static_start.cpp.
set(PI_STATIC AUTO CACHE STRING
  "Link static programs, too: ON, OFF, or AUTO: with the tests, if there are static libraries")
set_property(CACHE PI_STATIC PROPERTY STRINGS AUTO ON OFF)
set(PI_STATIC_PROGRAMS "")
if(PI_STATIC STREQUAL "OFF" OR (PI_STATIC STREQUAL "AUTO" AND (PI_SANITIZE OR NOT PI_TESTS)))
  return()
endif()
if(PI_SANITIZE)
  message(FATAL_ERROR "PI_STATIC=ON cannot be used with PI_SANITIZE; leave one of them out")
endif()

set(archives)
foreach(name kj-http capnp-rpc capnp kj-async kj z ssl crypto sqlite3 ncursesw tinfo c)
  find_library(PI_STATIC_${name} lib${name}.a)
  mark_as_advanced(PI_STATIC_${name})
  if(NOT PI_STATIC_${name})
    if(PI_STATIC STREQUAL "ON")
      message(FATAL_ERROR "PI_STATIC=ON needs lib${name}.a: install it, or set PI_STATIC_${name}")
    endif()
    message(STATUS "The static programs are not built: there is no lib${name}.a (see PI_STATIC)")
    return()
  endif()
  list(APPEND archives ${PI_STATIC_${name}})
endforeach()

# Adds our own static libraries that a target links, in all depths, to the list `result`.
function(pi_collect_libraries target result)
  get_target_property(type ${target} TYPE)
  set(property LINK_LIBRARIES)
  if(type STREQUAL "INTERFACE_LIBRARY")
    set(property INTERFACE_LINK_LIBRARIES)
  endif()
  get_target_property(libraries ${target} ${property})
  set(found ${${result}})
  foreach(library ${libraries})
    if(NOT library MATCHES "^pi_" OR library IN_LIST found)
      continue()
    endif()
    get_target_property(type ${library} TYPE)
    if(type STREQUAL "STATIC_LIBRARY")
      list(APPEND found ${library})
    endif()
    pi_collect_libraries(${library} found)
  endforeach()
  set(${result} ${found} PARENT_SCOPE)
endfunction()

add_library(pi_static_parts OBJECT ${PI_STATIC_SOURCES})
target_link_libraries(pi_static_parts PRIVATE pi_options spdlog::spdlog OpenSSL::Crypto)
foreach(program pi-scheduler pi-worker pi-client)
  set(ours)
  pi_collect_libraries(${program} ours)
  set(files)
  foreach(library ${ours})
    list(APPEND files $<TARGET_FILE:${library}>)
  endforeach()
  add_executable(${program}-static
    $<TARGET_OBJECTS:${program}> $<TARGET_OBJECTS:pi_static_parts>)
  add_dependencies(${program}-static ${ours})
  # Unset, or CMake adds -pie, which makes the linker forget -static-pie.
  set_property(TARGET ${program}-static PROPERTY POSITION_INDEPENDENT_CODE)
  target_link_options(${program}-static PRIVATE -static-pie)
  target_link_libraries(${program}-static PRIVATE
    -Wl,--start-group ${files} ${archives} -Wl,--end-group)
  set_target_properties(${program}-static PROPERTIES
    OUTPUT_NAME ${program}
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/static
    LINKER_LANGUAGE CXX
    LINK_DEPENDS "${files}")
  list(APPEND PI_STATIC_PROGRAMS ${program}-static)
endforeach()
