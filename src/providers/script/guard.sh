# It is read, not run.
case ${0##*/} in
  runtime.sh)
    echo 'runtime.sh: run publish.sh, next to this file, instead' >&2
    exit 2
    ;;
  *) ;;
esac
umask 077

tab=$(printf '\t')
return=$(printf '\r')
