# SPDX-License-Identifier: MIT
# Builds the library anew with the monitor of this folder and without io_uring;
# nothing in src/ knows of it. Then the contract suite runs on it, and a part of
# libuv's suite: the runner of the build that calls this meets the new library.
cmake_minimum_required(VERSION 3.21)

function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE failed
                  OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(failed)
    message(FATAL_ERROR "${ARGV}\n${output}${failed}")
  endif()
  string(REGEX REPLACE "\n+$" "" output "${output}")
  string(REGEX REPLACE "^.*\n" "" last "${output}")
  message("${last}")
endfunction()

file(REMOVE_RECURSE ${SCRATCH}/suite)
run(${CMAKE_COMMAND} -S ${SOURCE} -B ${SCRATCH} -G ${GENERATOR}
  -DCMAKE_C_COMPILER=${CC} -DCMAKE_C_COMPILER_LAUNCHER=${LAUNCHER}
  -DCMAKE_BUILD_TYPE=Debug
  -DLIBUV_SOURCE_DIR=${LIBUV}
  -DPOLLUX_BUILD_BENCHMARKS=OFF -DPOLLUX_IO_URING=OFF
  -DPOLLUX_EXTRA_MONITORS=${CMAKE_CURRENT_LIST_DIR})
run(${CMAKE_COMMAND} --build ${SCRATCH} --parallel 2
  --target uv monitor_select_list unit_choice_list)

# The contract; and that io_uring is a known name although it is not built.
run(${CMAKE_CTEST_COMMAND} --test-dir ${SCRATCH} --output-on-failure -j2
  --no-tests=error -R "^(monitor/select|unit/choice)/")

if(NOT RUNNER)
  message("without libuv's suite, which is not here")
  return()
endif()
set(ENV{LD_LIBRARY_PATH} ${SCRATCH})
set(stats ${SCRATCH}/suite/stats)
file(MAKE_DIRECTORY ${SCRATCH}/suite)
run(${CMAKE_COMMAND} -E env POLLUX_MONITOR=select POLLUX_STATS=${stats}
  UV_RUN_AS_ROOT=1 ${RUNNER} timer timer)
file(READ ${stats} line)
if(NOT line MATCHES "monitor=select ")
  message(FATAL_ERROR "the suite does not run on select: ${line}")
endif()
run(${PYTHON} ${LIST} --runner ${RUNNER} --launch ${LAUNCH} --monitors select
  --libuv-version ${VERSION} --tests ${TESTS} --keep ${SCRATCH} --keep ${BUILD}
  --keep ${LIBUV} --keep ${SOURCE} --runs ${SCRATCH}/suite/run
  --output ${SCRATCH}/suite/CTestTestfile.cmake)
run(${CMAKE_CTEST_COMMAND} --test-dir ${SCRATCH}/suite --output-on-failure -j2
  --no-tests=error -R "^libuv/select/(tcp|pipe|poll)"
  -E "timeout|alot|_ready$|order|unexpected") # Those wait for seconds.
