#!/bin/sh
# Builds the gateway's image without Docker: an OCI image layout. Needs root, debootstrap and umoci, and a built program (npm ci).
#
#   sudo deploy/oci/build.sh --out FOLDER
#
# The same content as deploy/Dockerfile, with this machine's Node. EARSHOT_DEBIAN_MIRROR names another mirror than Debian's.
set -eu

out=
while [ $# -gt 0 ]; do
  case $1 in
    --out) out=$2; shift 2 ;;
    *) echo "usage: $0 --out FOLDER" >&2; exit 2 ;;
  esac
done
[ -n "$out" ] || { echo "usage: $0 --out FOLDER" >&2; exit 2; }
[ ! -e "$out" ] || { echo "$out is there already: choose another folder, or delete it" >&2; exit 1; }
here=$(cd "$(dirname "$0")/../.." && pwd)
[ -e "$here/dist/cli.js" ] || { echo "The program is not built: run npm ci first" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root

echo 'Debian 12' >&2
debootstrap --variant=minbase --include=ca-certificates bookworm "$root" "${EARSHOT_DEBIAN_MIRROR:-http://deb.debian.org/debian}" >"$work/log" 2>&1 || { tail "$work/log" >&2; exit 1; }
rm -rf "$root/var/cache/apt" "$root/var/lib/apt/lists" "$root/usr/share/doc" "$root/usr/share/man" "$root/usr/share/locale"
mkdir -p "$root/var/cache/apt/archives/partial" "$root/var/lib/apt/lists/partial"
install -D --mode=0755 "$(node -p process.execPath)" "$root/usr/local/bin/node"
chroot "$root" useradd --uid 1000 --create-home --shell /usr/sbin/nologin node

echo 'the program' >&2
mkdir -p "$root/earshot"
cp "$here/package.json" "$here/package-lock.json" "$root/earshot/"
cp -R "$here/bin" "$here/assets" "$root/earshot/"
cp -RL "$here/dist" "$root/earshot/dist"
(
  cd "$root/earshot"
  npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund >"$work/log" 2>&1 || { tail "$work/log" >&2; exit 1; }
)
# As npm ci has compiled it here; without it Opus would be WebAssembly.
install -D --mode=0644 "$here"/node_modules/@discordjs/opus/prebuild/*/opus.node "$root/earshot/prebuilt/linux-$(node -p process.arch)/opus.node"
chown -R 0:0 "$root/earshot"
install --directory --owner=1000 --group=1000 --mode=0700 "$root/state"

echo 'the image' >&2
umoci init --layout "$out"
umoci new --image "$out:earshot-gateway"
umoci insert --image "$out:earshot-gateway" "$root" /
umoci config --image "$out:earshot-gateway" \
  --author Earshot --config.workingdir /earshot --config.user 1000:1000 \
  --config.env PATH=/usr/local/bin:/usr/bin:/bin --config.env NODE_ENV=production --config.env HOME=/home/node \
  --config.env EARSHOT_STATE=/state --config.volume /state --config.exposedports 4433/tcp --config.stopsignal SIGTERM \
  --config.cmd bin/earshot --config.cmd gateway --config.cmd --host --config.cmd 0.0.0.0 --config.cmd --port --config.cmd 4433
umoci gc --layout "$out"
echo "$out:earshot-gateway, $(du -sh "$out" | cut -f1)" >&2
