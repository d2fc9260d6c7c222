#!/bin/bash
# Installs the npm package from its tarball into an empty folder of a bare Debian 12 that has Node and nothing else, and asks it something. Prints
# what that costs.
#
#     sudo test/install/fresh.sh [--arch amd64|arm64] [--node MAJOR] [--without-prebuilt] [--compiler] [FOLDER]
#
# --without-prebuilt: as on a machine for which there are no compiled libraries; with --compiler it compiles them (apt-get install
# build-essential python3). An architecture that is not this machine's is emulated (qemu-user-static): its times say nothing.
# Needs debootstrap, and Debian's and npm's registries as this machine is set up to reach them; `npm run build:native && npm run package` first (with
# --without-prebuilt: the second alone).
set -euo pipefail

arch=$(dpkg --print-architecture) major=20 prebuilt=yes compiler=no folder=${TMPDIR:-/tmp}/earshot-install
arguments=("$@")
while [ $# -gt 0 ]; do
  case $1 in
    --arch) arch=$2 && shift ;;
    --node) major=$2 && shift ;;
    --without-prebuilt) prebuilt=no ;;
    --compiler) compiler=yes ;;
    -*) sed -n '2,11s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
    *) folder=$1 ;;
  esac
  shift
done
# A mount namespace: whatever happens here, no mount is left behind.
[ -n "${EARSHOT_MOUNTS:-}" ] || EARSHOT_MOUNTS=own exec unshare --mount --propagation private "$0" "${arguments[@]}"

# shellcheck source=test/pi/bare.sh
. "$(dirname "$0")/../pi/bare.sh"
home=/home/maker
settings=("npm_config_registry=$(npm config get registry)" npm_config_fund=false npm_config_audit=false npm_config_update_notifier=false)
maker() { in_root runuser --user maker -- env --chdir="$home/try" HOME=$home "${settings[@]}" "$@"; }

# The npm packages node-linux-… are Node itself; npm is this machine's.
install_node() {
  case $arch in amd64) cpu=x64 ;; *) cpu=$arch ;; esac
  mkdir -p "$folder/node"
  version=$(npm view "node@$major" version --json | node -p 'const v = JSON.parse(require("fs").readFileSync(0)); [].concat(v).sort((a, b) => a.localeCompare(b, "en", { numeric: true })).at(-1)')
  archive=$folder/node/node-linux-$cpu-$version.tgz
  [ -e "$archive" ] || (cd "$folder/node" && npm pack --silent "node-linux-$cpu@$version" >/dev/null)
  tar -xzf "$archive" -C "$root/usr/local" --strip-components=1 package/bin package/include
  mkdir -p "$root/usr/local/lib/node_modules"
  cp -R "$(npm root --global)/npm" "$root/usr/local/lib/node_modules/"
  ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  ln -sf ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"
  settings+=(npm_config_nodedir=/usr/local)
}

the_package() {
  in_root useradd --create-home maker
  if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then
    install -m 644 "$NODE_EXTRA_CA_CERTS" "$root/etc/authorities.pem"
    settings+=(NODE_EXTRA_CA_CERTS=/etc/authorities.pem)
  fi
  mkdir "$root$home/try"
  tarball=$(find "$project/dist-package" -maxdepth 1 -name 'earshot-*.tgz' -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d' ' -f2-)
  [ -n "$tarball" ] || fail 'there is no package: npm run package'
  if [ "$prebuilt" = yes ]; then
    cp "$tarball" "$root$home/earshot.tgz"
  else
    tar -xzf "$tarball" -C "$folder" && rm -rf "$folder/package/prebuilt"
    tar -czf "$root$home/earshot.tgz" -C "$folder" package && rm -rf "$folder/package"
  fi
  in_root chown -R maker:maker "$home"
}

# Prints real, user and system time of a command of the maker's.
timed() {
  TIMEFORMAT='   %R s, of the processor: %U s user, %S s system'
  time maker "$@" >"$folder/said" 2>&1 || { tail -n 30 "$folder/said" && fail "$*"; }
}

bare_system
say "Node $major and npm, $arch"
# shellcheck disable=SC2119 # its own arguments are meant
fresh_root
packages libstdc++6 libatomic1 ca-certificates
install_node
[ "$compiler" = no ] || { say 'a compiler' && packages build-essential python3; }
the_package
say "npm install earshot.tgz ($(stat -c %s "$root$home/earshot.tgz") bytes)"
timed npm install ../earshot.tgz
[ "$compiler" = no ] || { say 'npm install @discordjs/opus better-sqlite3' && timed npm install @discordjs/opus better-sqlite3; }
say "installed: $(du -sm "$root$home/try/node_modules" | cut -f1) MB, $(find "$root$home/try/node_modules" -name package.json | wc -l) package.json; nothing was compiled: $(find "$root$home/try/node_modules" -name '*.o' | wc -l) object files"
say 'earshot doctor'
maker npx earshot doctor 2>&1 | grep -iE 'opus|node|sound' | tee "$folder/doctor" || true
case $prebuilt-$compiler in
  yes-*) ! grep -q WebAssembly "$folder/doctor" || fail 'the compiled Opus was not used' ;;
  no-no) grep -q WebAssembly "$folder/doctor" || fail 'Opus is not WebAssembly' ;;
esac
if [ "$prebuilt-$compiler" = no-no ] && [ "$arch" = "$(dpkg --print-architecture)" ]; then
  say 'the gateway without better-sqlite3 says what is missing'
  maker npx earshot start --once --responder parrot --output reply.wav 2>&1 | tee "$folder/said" | tail -n 2
  grep -q 'needs better-sqlite3' "$folder/said" || fail 'it did not say so'
elif [ "$arch" != "$(dpkg --print-architecture)" ]; then
  say "first turn, with a gateway of this machine: emulated, the assistant's models are too slow to answer"
  start_gateway
  speech=node_modules/earshot/assets/sense-and-sensibility-0880.wav
  timed npx earshot run --once --json --gateway "$url" --input "$speech" --output reply.wav
  grep '"outcome"' "$folder/said" || { tail -n 30 "$folder/said" && fail 'the turn was not answered'; }
  [ "$(stat -c %s "$root$home/try/reply.wav")" -gt 60000 ] || fail 'there is no reply'
else
  say 'first answer, with the models'
  timed npx earshot start --once --output reply.wav
  tail -n 12 "$folder/said"
  [ "$(stat -c %s "$root$home/try/reply.wav")" -gt 20000 ] || fail 'there is no reply'
fi
say 'done'
