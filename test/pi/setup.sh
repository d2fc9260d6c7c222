#!/bin/bash
# Tries set-up without a keyboard for real, as far as a machine without a radio can: a bare Debian 12 with systemd, NetworkManager and polkit in namespaces
# of its own, `deploy/install.sh --setup`, a cable to a network in which a gateway is, pairing, an update of the units, factory resets, uninstallation.
# What needs a radio (the access point, joining a Wi-Fi) is not tried.
#
#     sudo test/pi/setup.sh [FOLDER]
#
# Needs debootstrap, a cgroup2 file system and veth interfaces. Two minutes; FOLDER keeps the bare system for the next time.
set -euo pipefail

arch=$(dpkg --print-architecture) folder=${1:-${TMPDIR:-/tmp}/earshot-pi}
[ -n "${EARSHOT_MOUNTS:-}" ] || EARSHOT_MOUNTS=own exec unshare --mount --propagation private "$0" "$folder"
# shellcheck source=test/pi/bare.sh
. "$(dirname "$0")/bare.sh"
# shellcheck source=test/pi/systemd.sh
. "$(dirname "$0")/systemd.sh"

state=$(mktemp -d)
in_house() { nsenter --target "$house" --net "$@"; }
# A network of its own, in which the gateway is. It is not open: the device has to be paired.
start_house() {
  unshare --net sleep infinity &
  house=$!
  until [ "$(readlink "/proc/$house/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done
  in_house ip link set lo up
  ip link add eth0 netns "$init" type veth peer name eth0 netns "$house"
  in_house ip address add 192.0.2.1/24 dev eth0
  in_house ip link set eth0 up
  # Not by the function: its process would be a shell, and the gateway would outlive it.
  nsenter --target "$house" --net env EARSHOT_STATE="$state" "$project/bin/earshot" gateway --host 0.0.0.0 --responder parrot >"$state/said" 2>"$state/log" &
  gateway=$!
  until grep -q 'ws://' "$state/said"; do kill -0 $gateway && sleep 0.2; done
}
operator() { in_house env EARSHOT_STATE="$state" "$project/bin/earshot" "$@"; }
ended() {
  power_off
  kill "$gateway" "$house" 2>/dev/null || true
  rm -rf "$state"
}

bare_system
say 'a copy of it, with systemd, NetworkManager, polkit, Node and the bundle'
# Its network has no way out: nothing can be installed later.
system_with_bundle libspeexdsp1 network-manager dnsmasq-base polkitd
trap ended EXIT
gateway='' house=''
boot --net
say 'installed with set-up'
inside /root/earshot/deploy/install.sh --setup | tee "$folder/said"
inside runuser -u earshot -- earshot setup --label --state /var/lib/earshot >"$folder/label"
grep -qxF "$(head -n 1 "$folder/label")" "$folder/said" || fail 'the label has changed'
for unit in earshot earshot-setup earshot-reset; do
  inside systemctl is-enabled --quiet "$unit" || fail "$unit is not enabled"
  inside systemd-analyze verify "/etc/systemd/system/$unit.service" || fail "the unit $unit is wrong"
done
becomes ActiveState activating earshot-setup
[ "$(shows ActiveState)" = inactive ] || fail 'the daemon does not wait for the set-up'

say 'the rule of polkit: the user of the service may change networks, another one may not'
allowed() { inside runuser -u "$1" -- nmcli connection add type wifi con-name "of-$1" ifname '*' ssid test autoconnect no; }
allowed earshot || fail 'the user earshot may not'
if allowed nobody 2>/dev/null; then fail 'nobody may, too'; fi
inside nmcli connection delete of-earshot

say 'during set-up nothing is updated'
variant 0.9.1
inside earshot update --from /root/0.9.1.tgz 2>"$folder/said" && fail 'it was updated'
grep -q 'set-up of this device is not finished' "$folder/said" || { cat "$folder/said" && fail 'another reason'; }

say 'a cable, and a gateway in its network'
start_house
inside nmcli connection add type ethernet con-name cable ifname eth0 ipv4.method manual ipv4.addresses 192.0.2.2/24 ipv4.gateway 192.0.2.1 ipv6.method disabled
patience=300
becomes StatusText 'the operator has to approve the code *' earshot-setup
code=$(shows StatusText earshot-setup | sed 's/^[^0-9]*\([0-9]*\).*/\1/')
in_house node -e 'fetch("http://192.0.2.2/status").then((r) => r.json()).then((s) => console.log(JSON.stringify(s)))' | tee "$folder/status"
grep -q "\"code\":\"$code\"" "$folder/status" || fail 'the page does not show the code'
operator pair approve "$code"
becomes ActiveState active earshot-setup
becomes StatusText connected
say 'the next start: paired, no set-up'
inside systemctl restart earshot-setup
becomes ActiveState active earshot-setup
becomes StatusText connected

say 'an update brings the units of its version; one that does not start takes them back'
mark() { sed -i "1i # of $1" "$folder/variant/earshot/deploy/earshot.service" "$folder/variant/earshot/deploy/earshot-reset.service" "$folder/variant/earshot/deploy/setup/earshot-setup.service" && pack_variant "$1"; }
units_of() {
  for unit in earshot earshot-setup earshot-reset; do
    [ "$(head -n 1 "$root/etc/systemd/system/$unit.service")" = "# of $1" ] || fail "$unit is not of $1"
  done
}
variant 0.9.1
mark 0.9.1
inside earshot update --from /root/0.9.1.tgz
units_of 0.9.1
variant 0.9.2
# shellcheck disable=SC2016 # for that script
sed -i '2i [ "${1:-}" != run ] || exit 1' "$folder/variant/earshot/bin/earshot"
mark 0.9.2
inside earshot update --from /root/0.9.2.tgz && fail 'a broken version was installed'
units_of 0.9.1
becomes StatusText connected

say 'a factory reset: set-up begins again, with the label of before'
inside earshot reset --service --yes
becomes StatusText 'the operator has to approve the code *' earshot-setup
inside runuser -u earshot -- earshot setup --label --state /var/lib/earshot | cmp - "$folder/label" || fail 'the label has changed'
operator pair revoke "$(inside hostname)" || true
operator pair approve "$(shows StatusText earshot-setup | sed 's/^[^0-9]*\([0-9]*\).*/\1/')"
becomes StatusText connected
say 'a factory reset by a file on the boot partition'
inside sh -c 'mkdir -p /boot/firmware && touch /boot/firmware/earshot-reset.txt && systemctl stop earshot earshot-setup && systemctl start earshot-reset'
[ -z "$(ls "$root/boot/firmware")" ] || fail 'the file is still there'
[ ! -e "$root/var/lib/earshot/token" ] || fail 'it is still paired'
inside nmcli -t -f NAME connection show | grep -qx cable || fail 'it has forgotten the cable, too'

say 'installed once more, without --setup: set-up stays; taken away'
inside /root/earshot/deploy/install.sh --no-start
inside systemctl is-enabled --quiet earshot-setup || fail 'set-up is gone'
inside /root/earshot/deploy/install.sh --uninstall --purge
left=$(cd "$root" && find opt etc usr/local/bin var/lib -name '*earshot*')
[ -z "$left" ] || fail "this was left: $left"
say 'done'
