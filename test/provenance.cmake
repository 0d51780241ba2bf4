# SPDX-License-Identifier: MIT
# No file of ours shares a run of code with libuv or QEMU. The checker and its
# fingerprints lie beside the repository, where the project is developed.
cmake_minimum_required(VERSION 3.20)

set(check ${ROOT}/../shared/provenance/check.py)
if(NOT EXISTS ${check})
  message("provenance: skipped, there is no ../shared/provenance/check.py here")
  return()
endif()
execute_process(COMMAND ${PYTHON} ${check} ${ROOT} RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "shared runs were found (or the checker failed)")
endif()
