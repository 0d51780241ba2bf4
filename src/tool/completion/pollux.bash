# SPDX-License-Identifier: MIT
# Completion of the command pollux for bash.
# shellcheck shell=bash
_pollux() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  local commands="run doctor enable disable status" options=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W "$commands --help --version" -- "$word")
    return
  fi
  case ${COMP_WORDS[1]} in
    run) options="--monitor --spin --stats --force --help" ;;
    doctor) options="--json --user --root --help" ;;
    enable | disable | status) options="--system --root --help" ;;
    *) return ;;
  esac
  case $before in
    --monitor | -m) options="poll epoll io_uring auto" ;;
    --spin | -s) options="0 10us 50us" ;;
    *)
      if [ "${word#-}" = "$word" ]; then
        mapfile -t COMPREPLY < <(compgen -c -- "$word"; compgen -f -- "$word")
        return
      fi
      ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
}
complete -F _pollux pollux
