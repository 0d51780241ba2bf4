# SPDX-License-Identifier: MIT
# Links OBJECTS and what they need of ARCHIVES into the relocatable OUTPUT, and
# makes every name local that is hidden or that an archive brought.
cmake_minimum_required(VERSION 3.20)

function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE failed ERROR_VARIABLE why)
  if(failed)
    list(GET ARGV 0 program)
    message(FATAL_ERROR "${program} failed: ${why}")
  endif()
endfunction()

set(locals ${OUTPUT}.locals)
file(WRITE ${locals} "")
foreach(archive IN LISTS ARCHIVES)
  execute_process(
    COMMAND ${NM} --defined-only --extern-only --format=posix ${archive}
    OUTPUT_VARIABLE names RESULT_VARIABLE failed ERROR_QUIET)
  if(failed)
    message(FATAL_ERROR "${NM} cannot read ${archive}")
  endif()
  string(REGEX MATCHALL "[^\n]+ [A-Z] [0-9a-f]" lines "${names}")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE " .*" "" name "${line}")
    file(APPEND ${locals} "${name}\n")
  endforeach()
endforeach()

run(${CC} -r -nostdlib -o ${OUTPUT} ${OBJECTS} ${ARCHIVES})
run(${OBJCOPY} --localize-hidden --localize-symbols=${locals} ${OUTPUT})
