# SPDX-License-Identifier: MIT
# Writes OUTPUT, a CTest file with one test per test that PROGRAM lists.
cmake_minimum_required(VERSION 3.20)

execute_process(
  COMMAND ${CMAKE_COMMAND} -E env ${ENVIRONMENT} ${PROGRAM} --list ${ARGUMENTS}
  OUTPUT_VARIABLE output RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "${PROGRAM} --list failed: ${failed}")
endif()
string(REGEX MATCHALL "test: [^\n]+" lines "${output}")
if(NOT lines)
  message(FATAL_ERROR "${PROGRAM} lists no test")
endif()

set(text "")
foreach(line IN LISTS lines)
  string(REGEX REPLACE "^test: " "" test "${line}")
  set(name "${PREFIX}/${test}")
  set(words "")
  foreach(word IN LISTS PROGRAM test ARGUMENTS)
    string(APPEND words " [==[${word}]==]")
  endforeach()
  string(APPEND text "add_test([==[${name}]==]${words})\n"
    "set_tests_properties([==[${name}]==] PROPERTIES TIMEOUT 120\n"
    "  SKIP_RETURN_CODE 77 ENVIRONMENT [==[${ENVIRONMENT}]==])\n")
endforeach()
file(WRITE ${OUTPUT} "${text}")
