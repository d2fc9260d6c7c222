#!/bin/sh
# Stands in for nmcli: keeps profiles in the folder $EARSHOT_TEST_NM, and knows what is in reach. Its arguments, escapes and exit codes were compared with
# NetworkManager 1.42 without a radio; what it says of a wrong password, of a network out of reach and of a missing address was not.
#   state      what `general` says; networks: what a scan finds, as --terse prints it; accepts: lines "SSID<tab>PSK" of networks that can be joined
#   no-radio   there is no Wi-Fi device;  no-address: lines of SSIDs that give no address
set -u
home=$EARSHOT_TEST_NM
profiles=$home/profiles
mkdir -p "$profiles"
printf '%s\n' "$*" >>"$home/calls"
fail() {
  code=$1 && shift
  printf 'Error: %s\n' "$*" >&2
  exit "$code"
}
while [ "${1#--}" != "$1" ]; do
  case $1 in --fields | --wait | --rescan) shift ;; esac
  shift
done
value() { cat "$profiles/$1/$2" 2>/dev/null; }

add() {
  name='' made=$profiles/.made
  rm -rf "$made" && mkdir "$made"
  while [ $# -gt 0 ]; do
    [ $# -gt 1 ] || fail 2 "value for '$1' is missing."
    [ "$1" != con-name ] || name=$2
    printf '%s' "$2" >"$made/$1"
    shift 2
  done
  rm -rf "${profiles:?}/$name" && mv "$made" "$profiles/$name"
  echo "Connection '$name' (11111111-2222-4333-8444-555555555555) successfully added."
}

edit() {
  [ -d "$profiles/$1" ] || fail 1 "Unknown connection '$1'."
  psk=
  while IFS= read -r line; do
    printf 'nmcli> %s\n' "$line"
    case $line in
      'set 802-11-wireless-security.psk '*) psk=${line#set 802-11-wireless-security.psk } ;;
      'save persistent')
        if [ ${#psk} -ge 8 ] && [ ${#psk} -le 64 ]; then
          printf '%s' "$psk" >"$profiles/$1/psk"
          echo "Connection '$1' (11111111-2222-4333-8444-555555555555) successfully updated."
        else
          echo "Error: Failed to save '$1' (11111111-2222-4333-8444-555555555555) connection: 802-11-wireless-security.psk: property is invalid" >&2
        fi
        ;;
      quit) exit 0 ;;
    esac
  done
}

up() {
  [ -d "$profiles/$1" ] || fail 10 "unknown connection '$1'."
  [ ! -e "$home/no-radio" ] || fail 4 'Connection activation failed: No suitable device found for this connection (device lo not available because device is strictly unmanaged).'
  echo disconnected >"$home/state"
  if [ "$(value "$1" mode)" = ap ]; then
    [ -n "$(value "$1" psk)" ] || fail 4 'Connection activation failed: Secrets were required, but not provided.'
    echo 'connected (local only)' >"$home/state"
    return
  fi
  ssid=$(value "$1" ssid)
  expected=$(awk -F '\t' -v ssid="$ssid" '$1 == ssid { print "=" $2 }' "$home/accepts")
  [ -n "$expected" ] || fail 4 'Connection activation failed: The Wi-Fi network could not be found'
  [ "$expected" = "=$(value "$1" psk)" ] || fail 4 'Connection activation failed: Secrets were required, but not provided.'
  ! grep -qsxF "$ssid" "$home/no-address" || fail 4 'Connection activation failed: IP configuration could not be reserved (no available address, timeout, etc.)'
  echo connected >"$home/state"
}

delete() {
  if [ "$1" = uuid ]; then rm -rf "${profiles:?}/$2" && return; fi
  [ -d "$profiles/$2" ] || fail 10 "unknown connection '$2'."
  rm -rf "${profiles:?}/$2"
}

case "$1 ${2-}" in
  'general ') cat "$home/state" ;;
  'device wifi')
    [ ! -e "$home/no-radio" ] || exit 0
    cat "$home/networks"
    ;;
  'connection add') shift 2 && add "$@" ;;
  'connection edit') edit "$3" ;;
  'connection up') up "$4" ;;
  'connection delete') delete "$3" "$4" ;;
  'connection modify')
    mv "$profiles/$4" "$profiles/$6"
    printf yes >"$profiles/$6/autoconnect"
    ;;
  'connection show') for each in "$profiles"/*; do [ ! -d "$each" ] || printf '%s:802-11-wireless\n' "${each##*/}"; done; echo 'cable:802-3-ethernet' ;;
  *) fail 2 "argument '$1' not understood. Try passing --help instead." ;;
esac
