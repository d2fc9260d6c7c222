#!/bin/sh
# Installs Earshot's daemon on a device with Debian or Raspberry Pi OS: from its folder (an unpacked bundle of `npm run bundle`,
# or a clone after `npm ci`) to /opt/earshot, with a separate user, as a service. Run it again to update: it changes only what
# differs, and keeps settings and recordings.
set -eu

usage() {
  cat <<'TEXT'
usage: sudo deploy/install.sh [--gateway URL] [--setup] [--no-start]
       sudo deploy/install.sh --uninstall [--purge]

  --gateway URL  the gateway, like wss://voice.example.org; saved in /etc/earshot/earshot.env
  --setup        also set-up without a keyboard: an access point with a page, while there is no network or no gateway
  --no-start     install, but do not start the service
  --uninstall    remove program and service; settings and stored turns stay
  --purge        also remove these and the user
TEXT
}

target=/opt/earshot
settings=/etc/earshot
state=/var/lib/earshot
unit=/etc/systemd/system/earshot.service
reset_unit=/etc/systemd/system/earshot-reset.service
setup_unit=/etc/systemd/system/earshot-setup.service
portal=/etc/NetworkManager/dnsmasq-shared.d/earshot.conf
rules=/etc/polkit-1/rules.d/50-earshot.rules
command=/usr/local/bin/earshot
source=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
oldest_node=20.19
# The libraries in the bundle need these.
packages='libasound2 libportaudio2 libspeexdsp1'
setup_packages='network-manager dnsmasq-base polkitd'

say() { printf 'earshot: %s\n' "$*"; }
fail() {
  printf 'earshot: %s\n' "$*" >&2
  exit 1
}

gateway='' action=install start=yes purge=no setup=no
while [ $# -gt 0 ]; do
  case $1 in
    --gateway)
      [ $# -ge 2 ] || fail '--gateway needs an address, like wss://voice.example.org'
      gateway=$2
      shift
      ;;
    --setup) setup=yes ;;
    --no-start) start=no ;;
    --uninstall) action=uninstall ;;
    --purge) purge=yes ;;
    -h | --help)
      usage
      exit 0
      ;;
    *)
      usage >&2
      exit 2
      ;;
  esac
  shift
done
if [ "$purge" = yes ] && [ "$action" != uninstall ]; then fail '--purge requires --uninstall'; fi
case $gateway in
  '' | ws://?* | wss://?*) ;;
  *) fail "$gateway is not the address of a gateway; use the form ws://192.168.1.2:4433 or wss://voice.example.org" ;;
esac
[ "$(id -u)" -eq 0 ] || fail "this needs root: sudo $0"

has_systemd() { [ -d /run/systemd/system ]; }

uninstall() {
  if has_systemd; then systemctl disable --now earshot.service earshot-setup.service earshot-reset.service 2>/dev/null || true; fi
  rm -f "$unit" "$command" "$reset_unit" "$setup_unit" "$portal" "$rules"
  rm -rf "$target"
  if has_systemd; then systemctl daemon-reload; fi
  if [ "$purge" = yes ]; then
    rm -rf "$settings" "$state"
    if getent passwd earshot >/dev/null; then userdel earshot; fi
    say 'removed, with settings and stored turns'
  else
    say "removed; $settings and $state are still there (--purge removes them)"
  fi
}

check_node() {
  how="$oldest_node or later is needed. See README.md, \"On the Pi\"."
  command -v node >/dev/null || fail "Node is not installed; $how"
  here=$(node -p 'process.versions.node')
  [ "$(printf '%s\n' "$oldest_node" "$here" | sort -V | head -n 1)" = "$oldest_node" ] || fail "this is Node $here; $how"
}

# Installs the packages that are missing.
apt() {
  missing=
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  say "installing$missing"
  apt-get update -qq
  # shellcheck disable=SC2086 # a list of names
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

# From a clone, installs the same bundle that another device would get.
bundle() {
  [ -f "$source/deploy/bundle.mjs" ] || return 0
  [ -d "$source/node_modules" ] || fail "run npm ci in $source first (not with sudo)"
  say 'making the bundle'
  # As the owner of the folder.
  (cd "$source" && runuser -u "$(stat -c %U .)" -- sh -c 'node deploy/build.mjs && node deploy/bundle.mjs' >/dev/null)
  source=$(readlink -f "$source/dist-device/earshot")
}

copy_program() {
  case $source/ in "$target"/*) fail "run this from the folder that you unpacked, not from $target" ;; esac
  version=$(cd "$source" && node -p 'require("./package.json").version')
  folder=$target/versions/$version
  install -d -m 755 "$target" "$target/versions"
  rm -rf "$folder.new" "$folder.old"
  cp -R "$source" "$folder.new"
  chown -R root:root "$folder.new"
  chmod -R go-w,a+rX "$folder.new"
  (cd "$folder.new" && node -e "require('@discordjs/opus')" 2>/dev/null) ||
    fail "this bundle does not work on this machine ($(uname -m)): make one on such a machine, from a clone (npm run bundle)"
  # The old version runs until the new one is complete.
  [ ! -e "$folder" ] || mv "$folder" "$folder.old"
  mv "$folder.new" "$folder"
  rm -rf "$folder.old"
  before=$(basename "$(readlink "$target/current" || echo "$version")")
  if [ "$before" != "$version" ]; then link "$target/previous" "versions/$before"; fi
  link "$target/current" "versions/$version"
  for other in "$target"/versions/*; do
    case ${other##*/} in "$version" | "$before") ;; *) rm -rf "$other" ;; esac
  done
  # Before there were versions, the program was in $target itself.
  for old in assets bin deploy dist docs node_modules LICENSE README.md package.json; do rm -rf "${target:?}/$old"; done
  ln -sfn "$target/current/bin/earshot" "$command"
}

# Atomically.
link() {
  ln -sfn "$2" "$1.new"
  mv -T "$1.new" "$1"
}

create_user() {
  getent passwd earshot >/dev/null ||
    useradd --system --user-group --home-dir "$state" --shell /usr/sbin/nologin earshot
  usermod --append --groups audio earshot
  install -d -m 700 -o earshot -g earshot "$state"
}

write_settings() {
  install -d -m 755 "$settings"
  # The file may contain the device's token.
  [ -f "$settings/earshot.env" ] || install -m 600 "$source/deploy/earshot.env" "$settings/earshot.env"
  [ -n "$gateway" ] || return 0
  # An address contains no |.
  sed -i "s|^#\{0,1\}EARSHOT_GATEWAY=.*|EARSHOT_GATEWAY=$gateway|" "$settings/earshot.env"
}

# Wi-Fi, gateway and pairing by an access point and a page.
install_setup() {
  [ "$setup" = yes ] || [ -e "$setup_unit" ] || return 0
  # shellcheck disable=SC2086
  apt $setup_packages
  install -d -m 755 "$(dirname "$portal")" "$(dirname "$rules")"
  install -m 644 "$source/deploy/setup/captive-portal.conf" "$portal"
  install -m 644 "$source/deploy/setup/earshot.rules" "$rules"
  install -m 644 "$source/deploy/setup/earshot-setup.service" "$setup_unit"
  # The gateway is that of the set-up.
  sed -i 's|^EARSHOT_GATEWAY=$|#EARSHOT_GATEWAY=|' "$settings/earshot.env"
  say 'for the label of the device:'
  runuser -u earshot -- "$command" setup --label --state "$state"
}

start_service() {
  install -m 644 "$source/deploy/earshot.service" "$unit"
  install -m 644 "$source/deploy/earshot-reset.service" "$reset_unit"
  if ! has_systemd; then
    say 'no systemd on this machine: nothing was started'
    return 0
  fi
  systemctl daemon-reload
  systemctl enable --quiet earshot.service earshot-reset.service
  if [ -e "$setup_unit" ]; then
    systemctl enable --quiet earshot-setup.service
    [ "$start" = no ] || systemctl start --no-block earshot-setup.service earshot.service
    say 'the service starts when the device has a network and is paired; see: systemctl status earshot-setup'
  elif ! grep -q '^EARSHOT_GATEWAY=..*' "$settings/earshot.env"; then
    say "set the gateway's address in $settings/earshot.env, then: sudo systemctl start earshot"
  elif [ "$start" = no ]; then
    say 'start it with: sudo systemctl start earshot'
  elif systemctl restart earshot.service; then
    say 'the service runs; see: systemctl status earshot, journalctl -u earshot -f, sudo -u earshot earshot monitor'
  else
    fail 'the service does not start; see: journalctl -u earshot -n 20, earshot doctor'
  fi
}

if [ "$action" = uninstall ]; then
  uninstall
  exit 0
fi
check_node
# shellcheck disable=SC2086
apt $packages
bundle
copy_program
create_user
write_settings
install_setup
start_service
say "version $("$command" --version) is in $(readlink -f "$target/current")"
