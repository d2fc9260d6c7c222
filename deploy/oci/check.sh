#!/bin/sh
# Unpacks the image of build.sh and starts the gateway in it, as the user and with the command and environment of the image's settings.
#
#   sudo deploy/oci/check.sh FOLDER
set -eu
image=${1:?"usage: $0 FOLDER"}
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null || true; umount "$work/bundle/rootfs/proc" 2>/dev/null || true; rm -rf --one-file-system "$work"' EXIT
umoci unpack --image "$image:earshot-gateway" "$work/bundle"
# As every container has it.
mount -t proc proc "$work/bundle/rootfs/proc"
setting() { node -p "$1" "$work/bundle/config.json"; }
read_config='JSON.parse(require("fs").readFileSync(process.argv[1])).process'
user=$(setting "const u = $read_config.user; u.uid + ':' + u.gid")
folder=$(setting "$read_config.cwd")
port=24433
# A port that is probably free; everything else as it is in the image.
command=$(setting "$read_config.args.join(' ').replace('0.0.0.0', '127.0.0.1').replace('4433', '$port')")
environment=$(setting "$read_config.env.filter((each) => each !== 'TERM=xterm').join(' ')")
# A cloud that does not answer: the gateway starts all the same.
# shellcheck disable=SC2086 # words of the image's settings
env -i $environment CONVEX_URL=http://127.0.0.1:1 EARSHOT_GATEWAY_KEY=0123456789abcdef0123456789abcdef EARSHOT_RESPONDER=parrot \
  "$(command -v chroot)" --userspec="$user" "$work/bundle/rootfs" /bin/sh -c "cd $folder && exec $command" &
pid=$!
for _ in $(seq 60); do
  if answer=$(node -e "fetch('http://127.0.0.1:$port/readyz').then(async (r) => { console.log(r.status, await r.text()) }, () => process.exit(1))"); then
    echo "$answer"
    kill -TERM "$pid"
    wait "$pid" && pid= && echo 'it ended in order' && exit 0
    exit 1
  fi
  sleep 1
done
echo 'the gateway did not answer' >&2
exit 1
