# Completion of the command ytx in bash.

_ytx() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} i action=
  COMPREPLY=()
  case $before in
    --account | --ca-file)
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      return ;;
    --app | --url | --source-address | --timeout | --interval) return ;;
  esac
  if [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "--account --app --url --ca-file --source-address --timeout
      --json --interval --help --version" -- "$word")
    return
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      --account | --app | --url | --ca-file | --source-address | --timeout | --interval) i=$((i + 1)) ;;
      lock | unlock | state | watch | doctor) action=${COMP_WORDS[i]} ;;
    esac
  done
  # Rooms are known to the platform alone, and completion asks nobody.
  [[ -n $action ]] || mapfile -t COMPREPLY < <(compgen -W "lock unlock state watch doctor" -- "$word")
}

complete -o filenames -F _ytx ytx
