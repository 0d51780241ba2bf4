# SPDX-License-Identifier: MIT
# pollux_cmocka(<program> PREFIX <prefix> SOURCES <source>... [ARGUMENTS <word>...]
#               [ENVIRONMENT <VAR=value>...] [LIBRARIES <library>...])
#
# A cmocka program linked with every object of the library (inner names visible),
# and one CTest per test in it, `<prefix>/<test>`. The names are read after the
# build: test/main.c gives each program `--list` and a name as argument.
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
set(POLLUX_CMOCKA_DIR ${CMAKE_CURRENT_LIST_DIR})

# Only what runs the program.
function(pollux_cmocka_discover program)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "PREFIX" "ENVIRONMENT;ARGUMENTS")
  string(MAKE_C_IDENTIFIER "${arg_PREFIX}" id)
  set(list ${CMAKE_CURRENT_BINARY_DIR}/${id}-tests.cmake)
  add_custom_command(
    OUTPUT ${list}
    COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:${program}>
      -DPREFIX=${arg_PREFIX} "-DENVIRONMENT=${arg_ENVIRONMENT}"
      "-DARGUMENTS=${arg_ARGUMENTS}" -DOUTPUT=${list}
      -P ${POLLUX_CMOCKA_DIR}/cmocka-list.cmake
    DEPENDS ${program} ${POLLUX_CMOCKA_DIR}/cmocka-list.cmake
    COMMENT "Listing ${arg_PREFIX}"
    VERBATIM)
  add_custom_target(${id}_list ALL DEPENDS ${list})
  set(wrapper ${CMAKE_CURRENT_BINARY_DIR}/${id}.cmake)
  file(WRITE ${wrapper} "if(EXISTS \"${list}\")
  include(\"${list}\")
else()
  add_test(${arg_PREFIX}/is_not_built false)
endif()
")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${wrapper})
endfunction()

function(pollux_cmocka program)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "PREFIX"
                        "SOURCES;ENVIRONMENT;ARGUMENTS;LIBRARIES")
  add_executable(${program} ${arg_SOURCES} ${POLLUX_CMOCKA_DIR}/main.c)
  target_link_libraries(${program} PRIVATE
    ${arg_LIBRARIES} pollux_internal PkgConfig::CMOCKA)
  target_link_options(${program} PRIVATE
    -Wl,--wrap=_cmocka_run_group_tests,--wrap=_skip)
  target_include_directories(${program} PRIVATE ${POLLUX_CMOCKA_DIR})
  pollux_cmocka_discover(${program} PREFIX ${arg_PREFIX}
    ENVIRONMENT ${arg_ENVIRONMENT} ARGUMENTS ${arg_ARGUMENTS})
endfunction()
