# SPDX-License-Identifier: MIT
# Finds the Python interpreter itself. A shim that only starts it (pyenv has one)
# takes a quarter of a second of CPU time at each of a thousand tests.
#
# Sets Python3_EXECUTABLE.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
execute_process(
  COMMAND ${Python3_EXECUTABLE} -c "import sys; print(sys.executable)"
  OUTPUT_VARIABLE itself OUTPUT_STRIP_TRAILING_WHITESPACE
  RESULT_VARIABLE failed)
if(NOT failed AND EXISTS "${itself}")
  set(Python3_EXECUTABLE ${itself})
endif()
