# SPDX-License-Identifier: MIT
# cmake -DOUTPUT=REGEX -P check.cmake PROGRAM: it must succeed, and print that.
math(EXPR last "${CMAKE_ARGC} - 1")
execute_process(COMMAND ${CMAKE_ARGV${last}} OUTPUT_VARIABLE said
                ERROR_VARIABLE said RESULT_VARIABLE failed TIMEOUT 50)
message("${said}")
if(failed OR NOT said MATCHES "${OUTPUT}")
  message(FATAL_ERROR "exit ${failed}; expected: ${OUTPUT}")
endif()
