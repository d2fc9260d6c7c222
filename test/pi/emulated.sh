#!/bin/bash
# Follows the README's section "On the Pi", to the letter, on a bare Debian 12 for arm64 that this machine emulates: from
# nothing but debootstrap's minimal system to a turn. Then what the section promises: a bundle for the next device, an update, an
# uninstallation that leaves nothing.
#
#     sudo test/pi/emulated.sh [--arch arm64|amd64] [FOLDER]
#
# Needs debootstrap and qemu-user-static, and Debian's and npm's registries as this machine is set up to reach them. Twenty minutes, because
# compilers are emulated, too; --arch of this machine itself takes two. FOLDER (4 GB) keeps the bare system for
# the next time. There is no systemd in it: the service is started as its unit would. (service.sh tries that with systemd.)
set -euo pipefail

arch=arm64 folder=${TMPDIR:-/tmp}/earshot-pi
while [ $# -gt 0 ]; do
  case $1 in
    --arch) arch=$2 && shift ;;
    -*) sed -n '2,12s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
    *) folder=$1 ;;
  esac
  shift
done
# A mount namespace: whatever happens here, no mount is left behind.
[ -n "${EARSHOT_MOUNTS:-}" ] || EARSHOT_MOUNTS=own exec unshare --mount --propagation private "$0" --arch "$arch" "$folder"

# shellcheck source=test/pi/bare.sh
. "$(dirname "$0")/bare.sh"
home=/home/pi/earshot
# As the owner of the device, or with sudo; what npm needs to know of this machine goes along.
pi() { in_root runuser --user pi -- env --chdir="$home" HOME=/home/pi "${settings[@]}" "$@"; }
with_sudo() { in_root env --chdir="$home" HOME=/root "${settings[@]}" "$@"; }

settings=("npm_config_registry=$(npm config get registry)" npm_config_fund=false npm_config_audit=false npm_config_update_notifier=false)

the_project() {
  in_root useradd --create-home --groups sudo,audio pi
  # An authority that this machine believes, for its way to the registry.
  if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then
    install -m 644 "$NODE_EXTRA_CA_CERTS" "$root/etc/authorities.pem"
    settings+=(NODE_EXTRA_CA_CERTS=/etc/authorities.pem)
  fi
  mkdir -p "$root$home"
  (cd "$project" && git ls-files -z --cached --others --exclude-standard | tar --null --files-from=- -c) | tar -x -C "$root$home"
  in_root chown -R pi:pi "$home"
}

# The first block of the section, line by line.
follow_readme() {
  # shellcheck disable=SC2016 # a fence of Markdown
  sed -n '/^## On the Pi/,/^## R/p' "$project/README.md" | sed -n '/^```sh/,/^```$/p' | sed '1d;/^```$/,$d' >"$folder/steps"
  grep -q 'install.sh' "$folder/steps" || fail 'the README has no such section'
  while read -r step <&3; do
    step=${step//wss:\/\/GATEWAY/$url}
    say "\$ $step"
    # A device without a sound card is told so by the doctor; everything else has to work.
    as_told "$step" </dev/null >"$folder/said" 2>&1 || [[ $step == *doctor* ]] || { tail -n 40 "$folder/said" && fail "$step"; }
    case $step in *earshot* | *install.sh*) cat "$folder/said" ;; esac
    if [[ $step == *node@* ]]; then headers; fi
  done 3<"$folder/steps"
}

# Emulated programs do not get the rights of a set-user-ID file, so sudo itself can't be tried.
as_told() { if [[ $1 == sudo\ * ]]; then with_sudo sh -c "${1#sudo }"; else pi sh -c "$1"; fi; }

# node-gyp would fetch Node's headers from nodejs.org; the package that Node came in has them, too.
headers() {
  include=$(cd "$root" && find usr/local/lib/node_modules -path '*/include/node/node.h' | head -n 1)
  [ -z "$include" ] || settings+=("npm_config_nodedir=/${include%/include/node/node.h}")
}

# What the unit starts, as the user and with the settings of the unit.
service() {
  command=$(sed -n 's/^ExecStart=//p' "$root/etc/systemd/system/earshot.service")
  in_root runuser --user earshot -- sh -c "set -a; . /etc/earshot/earshot.env; exec $command \"\$@\"" sh "$@"
}

a_turn() {
  # The unit's EnvironmentFile is read by root.
  chmod 644 "$root/etc/earshot/earshot.env"
  outcome=$(service --once --json --input "/opt/earshot/current/assets/sense-and-sensibility-0880.wav" --output /var/lib/earshot/reply.wav)
  echo "$outcome"
  chmod 600 "$root/etc/earshot/earshot.env"
  [[ $outcome == *'"outcome":"done"'* && $outcome == *'"stored":true'* ]] || fail 'the turn was not answered'
  [ "$(stat -c %s "$root/var/lib/earshot/reply.wav")" -gt 60000 ] || fail 'there is no reply'
}

bare_system
say "a fresh copy of it, with a user pi and the project"
# shellcheck disable=SC2119 # its own arguments are meant
fresh_root
the_project
start_gateway
follow_readme
say 'a turn of the service, from a file to a file'
a_turn
say 'devices, and what the doctor says, with a (virtual) card'
packages pulseaudio libasound2-plugins
pi node --import tsx test/pi/with-card.ts bin/earshot devices 2>&1 | tee "$folder/devices"
grep -q seeed "$folder/devices" || fail 'the card was not found'
pi node --import tsx test/pi/with-card.ts bin/earshot doctor --gateway "$url" 2>&1 || true
say 'the next device: a bundle, installed twice'
pi sh -c 'npm run --silent bundle && tar -xzf dist-device/earshot-*.tgz -C /tmp'
in_root rm -rf /opt/earshot /etc/systemd/system/earshot.service
installed() { (cd "$root" && find opt/earshot etc/earshot etc/systemd/system/earshot.service usr/local/bin/earshot -type f -exec sha256sum {} + | sort); }
in_root /tmp/earshot/deploy/install.sh
installed >"$folder/first"
in_root /tmp/earshot/deploy/install.sh
installed | cmp - "$folder/first" || fail 'the second installation changed something'
grep -q "^EARSHOT_GATEWAY=$url" "$root/etc/earshot/earshot.env" || fail 'settings were lost'
a_turn
du -sh "$root/opt/earshot"
say 'and taken away'
in_root /tmp/earshot/deploy/install.sh --uninstall
[ -e "$root/etc/earshot/earshot.env" ] || fail 'settings were taken away without being asked'
in_root /tmp/earshot/deploy/install.sh --uninstall --purge
left=$(cd "$root" && find opt etc usr/local/bin var/lib -name '*earshot*' -not -path '*/dpkg/*')
[ -z "$left" ] || fail "this was left: $left"
if in_root id earshot 2>/dev/null; then fail 'the user was left'; fi
say 'done'
