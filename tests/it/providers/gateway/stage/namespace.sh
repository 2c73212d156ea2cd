#!/bin/sh
# namespace.sh FOLDER COMMAND…: turns the namespaces in which it runs into a server of its own, which is no gateway yet, and runs the
# command there. What a server changes is in FOLDER from now on, so nothing outside changes. For `unshare --mount --net --pid --uts
# --fork --mount-proc`. If GATEWAY_SYSTEM is the root of another system, the server's programs and files are that one's: it is at
# GATEWAY_SERVER then, and what the server and its visitors both need has the same name inside and outside of it.
set -eu
folder=$1
shift
# In memory: the copies come and go quickly, and with them everything that is below them.
mount -t tmpfs -o mode=755 stage "$folder"

# new DIRECTORY: has nothing.
new() {
  place=$folder/$(printf '%s' "$1" | tr / -)
  mkdir "$place"
  mount --rbind "$place" "$1"
}

# copied DIRECTORY: has what it has outside, and can be changed.
copied() {
  place=$folder/$(printf '%s' "$1" | tr / -)
  mkdir "$place"
  cp -a "$1/." "$place"
  mount --bind "$place" "$1"
}

# extended DIRECTORY: has what it has outside, and can have more.
extended() {
  place=$folder/$(printf '%s' "$1" | tr / -)
  mkdir "$place"
  for outside in "$1"/*; do
    inside=$place/${outside##*/}
    if [ "${outside##*/}" = publish-plan ]; then
      continue
    elif [ -d "$outside" ] && [ ! -L "$outside" ]; then
      mkdir "$inside"
      mount --rbind "$outside" "$inside"
      mount -o remount,bind,ro "$inside"
    elif [ -e "$outside" ]; then
      cp -a "$outside" "$inside"
    fi
  done
  mount --rbind "$place" "$1"
}

copied /etc
rm -rf "$place/publish-plan" "$place/apache2/publish-plan" "$place/ssh/publish-plan"
extended /usr/local/lib
extended /var/lib
copied /var/lib/apache2
copied /var/cache/apache2
rm -rf "$place/publish-plan"
new /var/log
new /run
new /dev/shm
mkdir /var/log/apache2 /run/lock /run/sshd
if [ -n "${GATEWAY_SYSTEM:-}" ]; then
  server=$folder/server
  export GATEWAY_SERVER="$server"
  mkdir -p "$server" "$folder/changes/upper" "$folder/changes/work"
  mount -t overlay -o "lowerdir=$GATEWAY_SYSTEM,upperdir=$folder/changes/upper,workdir=$folder/changes/work" server "$server"
  mkdir -p "$server$folder"
  touch "$server/etc/hosts"
  for outside in /proc /dev /run /var/log; do
    mount --rbind "$outside" "$server$outside"
  done
  for outside in "$folder" /etc/hosts; do
    mount --bind "$outside" "$server$outside"
  done
  for inside in /etc/ssh /etc/ssl; do
    mount --bind "$server$inside" "$inside"
  done
fi
hostname server
ip link set lo up
# Without exec: this shell is the first process here, and reaps what others leave.
"$@"
