#!/bin/bash
# Tries the service for real: a bare Debian 12 of this machine's architecture, systemd as the first process of namespaces of its own,
# the device's bundle installed by deploy/install.sh. Is it ready when it says so, does it work with all its restrictions, is it started
# again when it hangs or dies, left alone when its settings are wrong, and gone when it is taken away?
#
#     sudo test/pi/service.sh [FOLDER]
#
# Needs debootstrap, and a cgroup2 file system (any Debian since 11). A minute; FOLDER keeps the bare system for the next time.
set -euo pipefail

arch=$(dpkg --print-architecture) folder=${1:-${TMPDIR:-/tmp}/earshot-pi}
[ -n "${EARSHOT_MOUNTS:-}" ] || EARSHOT_MOUNTS=own exec unshare --mount --propagation private "$0" "$folder"
# shellcheck source=test/pi/bare.sh
. "$(dirname "$0")/bare.sh"
# shellcheck source=test/pi/systemd.sh
. "$(dirname "$0")/systemd.sh"

bare_system
say 'a copy of it, with systemd, Node and the bundle'
# shellcheck disable=SC2119 # its own arguments are meant
system_with_bundle
start_gateway
trap 'power_off; kill $gateway; rm -rf "$state"' EXIT
# shellcheck disable=SC2119
boot
say 'installed'
inside /root/earshot/deploy/install.sh --gateway "$url"
becomes ActiveState active
becomes StatusText connected
inside runuser -u earshot -- earshot monitor --once | head -n 4

say 'a turn, with all restrictions'
drop_in=$root/etc/systemd/system/earshot.service.d/test.conf
mkdir "${drop_in%/*}"
command=$(sed -n 's/^ExecStart=//p' "$project/deploy/earshot.service")
printf '[Service]\nWatchdogSec=4\nExecStart=\nExecStart=%s --json --input %s --output null\n' \
  "$command" /opt/earshot/current/assets/sense-and-sensibility-0880.wav >"$drop_in"
inside systemctl daemon-reload
inside systemctl restart earshot
for _ in $(seq 100); do
  inside journalctl --unit earshot --no-pager --output cat | grep -q '"outcome":"done"' && break
  sleep 0.2
done
inside journalctl --unit earshot --no-pager --output cat | grep '"outcome":"done"' || fail 'the turn was not answered'

say 'hangs: the watchdog starts it again'
inside systemctl kill --signal STOP --kill-whom main earshot
becomes NRestarts 1
becomes StatusText connected
say 'dies: started again'
inside systemctl kill --signal KILL --kill-whom main earshot
becomes NRestarts 2
becomes StatusText connected

say 'wrong settings: left alone'
sed -i 's/--json/--nonsense/' "$drop_in"
inside systemctl daemon-reload
inside systemctl restart earshot 2>/dev/null && fail 'it started with a wrong option'
becomes ActiveState failed
rm -r "${drop_in%/*}"
say 'without a gateway: it waits for one'
use_gateway() {
  sed -i "s|^EARSHOT_GATEWAY=.*|EARSHOT_GATEWAY=$1|" "$root/etc/earshot/earshot.env"
  inside systemctl restart earshot
}
inside systemctl daemon-reload
use_gateway ws://127.0.0.1:9
becomes StatusText 'no connection*'

say 'with one thread, killed while the person speaks: what was not on the disk is in the memory of the unit'
cp "$project/assets/sense-and-sensibility-0870.wav" "$root/opt/speech.wav"
mkdir "${drop_in%/*}"
printf '[Service]\nExecStart=\nExecStart=%s --threads one --json --input /opt/speech.wav --output null\n' "$command" >"$drop_in"
inside systemctl daemon-reload
inside systemctl restart earshot
memory='/run/earshot/turns-*' disk=/var/lib/earshot/turns
bytes() { inside sh -c "cat $1/*.turn 2>/dev/null | wc -c"; }
# Both are looked at while the daemon stands still.
for _ in $(seq 100); do
  inside systemctl kill --signal STOP --kill-whom main earshot
  ahead=$(bytes "$memory") behind=$(bytes "$disk")
  [ "$ahead" -gt 6000 ] && [ "$behind" -lt "$ahead" ] && break
  inside systemctl kill --signal CONT --kill-whom main earshot
  sleep 0.1
done
say "$ahead bytes in memory, $behind on the disk"
[ "$behind" -lt "$ahead" ] || fail 'the memory of the unit is not used'
inside sh -c "cp $memory/*.turn /root"
turn=$(cd "$root/root" && ls ./*.turn)
inside systemctl kill --signal KILL --kill-whom main earshot
becomes NRestarts 1
becomes StatusText 'no connection*'
inside cmp "/root/$turn" "$disk/$turn" || fail 'the turn was not completed from memory'
say 'and it is delivered'
rm -r "${drop_in%/*}" "$root/opt/speech.wav"
inside systemctl daemon-reload
use_gateway "$url"
frames=$(cd "$project" && node --import tsx test/pi/frames-of.ts "$root/root/$turn")
id=$(basename "$turn" .turn)
for _ in $(seq 100); do
  recorded=$("$project/bin/earshot" turns --state "$state" --json | grep "$id" | grep -o '"durationMs":[0-9]*' || true)
  [ -n "$recorded" ] && break
  sleep 0.2
done
[ "$recorded" = "\"durationMs\":$((frames * 20))" ] || fail "the gateway has '$recorded' of $frames frames"
say "$frames frames, $recorded"
use_gateway ws://127.0.0.1:9
becomes StatusText 'no connection*'
say 'another version by earshot update, and back; one that does not start is not kept'
variant 0.9.1
variant 0.9.2
# As a version that is broken on this device.
broken=$folder/variant/earshot/bin/earshot
# shellcheck disable=SC2016 # for that script
sed -i '2i [ "${1:-}" != run ] || exit 1' "$broken"
pack_variant 0.9.2
runs() { [ "$(readlink "$root/opt/earshot/current")" = "versions/$1" ] || fail "not $1, but $(readlink "$root/opt/earshot/current")"; }
released=$(node -p 'require(process.argv[1]).version' "$project/package.json")
runs "$released"
inside earshot update --from /root/0.9.1.tgz
runs 0.9.1
becomes StatusText 'no connection*'
inside earshot update --from /root/0.9.2.tgz && fail 'a broken version was installed'
runs 0.9.1
becomes StatusText 'no connection*'
inside earshot update --rollback
runs "$released"
becomes StatusText 'no connection*'
say 'updated by the script, stopped, taken away'
inside /root/earshot/deploy/install.sh --gateway "$url"
becomes StatusText connected
inside systemctl stop earshot
becomes Result success
inside /root/earshot/deploy/install.sh --uninstall --purge
[ -z "$(cd "$root" && find opt etc usr/local/bin var/lib -name '*earshot*')" ] || fail 'something was left'
say 'done'
