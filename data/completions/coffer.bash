# Completion of coffer(1) for bash.

# The last elements of the collections' paths; asks no provider to start.
_coffer_collections() {
  coffer status --json 2>/dev/null | sed -n 's|^ *"path": ".*/\([^/"]*\)",*$|\1|p'
}

# The sandboxed applications that have a keyring.
_coffer_applications() {
  local folder
  for folder in ~/.var/app/*/data/keyrings; do
    [[ ! -d $folder ]] || basename "${folder%/data/keyrings}"
  done
}

_coffer() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command='' word
  local -A options=(
    [store]='--label --collection --content-type --keep --strip-newline'
    [lookup]='--secret-only'
    [search]='--all --unlock --secrets'
    [list]='--collection'
    [show]='--secrets'
    [edit]='--label --set --unset --secret'
    [delete]='--yes'
    [clear]='--yes'
    [generate]='--label --collection --content-type --keep --length --alphabet --characters --words --separator --print'
    [copy]='--clear-after'
    [collections]=''
    [create]='--default --stdin'
    [rename]=''
    [default]=''
    [lock]='--collection'
    [unlock]='--stdin'
    [passwd]='--stdin'
    [remove]='--yes'
    [import]='--collection --dry-run --password-fd --yes'
    [export]='--format --collection --application --password-fd --force --yes'
    [backup]='--verify --applications --recovery-key --password-fd --force'
    [restore]='--dry-run --password-fd --yes'
    [applications]='--secrets'
    [status]=''
    [check]='--data-dir'
    [doctor]=''
    [version]=''
  )
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] || { command=$word && break; }
  done
  local words='' files=''
  if [[ -z $command ]]; then
    words="${!options[*]} --help --version"
  elif [[ $current == -* ]]; then
    words="${options[$command]} --json --help"
  elif [[ $previous == --collection || $previous == -c ]]; then
    words=$(_coffer_collections)
  elif [[ $previous == --application ]]; then
    words=$(_coffer_applications)
  elif [[ $previous == --format || $previous == -f ]]; then
    words='v0 v1 oo7 json'
  else
    case $command in
      import) words='pass kernel application: bus: provider:' files=yes ;;
      backup | restore) files=yes ;;
      applications) words=$(_coffer_applications) ;;
      export) words=$(_coffer_collections) files=yes ;;
      list | rename | default | lock | unlock | passwd | remove) words=$(_coffer_collections) ;;
    esac
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current"; [[ -z $files ]] || compgen -f -- "$current")
}

complete -F _coffer coffer
