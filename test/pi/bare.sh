# What the scripts of this folder share: a bare Debian in a folder, entered by chroot, and a gateway on this machine for it.
# Read (.) by each; sets root, project and url, and expects arch and folder. Each runs in a mount namespace of its own: whatever
# happens, no mount is left behind.
# shellcheck shell=bash disable=SC2154,SC2034
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
began=$SECONDS
say() { printf '== %4d s  %s\n' $((SECONDS - began)) "$*"; }
fail() { say "FAILED: $*" && exit 1; }
in_root() { chroot "$root" env --ignore-environment PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 "$@"; }

# Made once; each run works on a copy.
bare_system() {
  bare=$folder/bare-$arch root=$folder/root-$arch
  [ -e "$bare/done" ] && return
  case $arch in arm64) emulator=qemu-aarch64 ;; *) emulator= ;; esac
  if [ "$arch" != "$(dpkg --print-architecture)" ] && [ ! -e "/proc/sys/fs/binfmt_misc/$emulator" ]; then
    registry=/proc/sys/fs/binfmt_misc
    fail "the kernel does not know how to start programs of $arch (apt-get install qemu-user-static): mount -t binfmt_misc binfmt_misc $registry; cat /usr/lib/binfmt.d/$emulator.conf >$registry/register"
  fi
  # What an interrupted run has left cannot be completed.
  rm -rf --one-file-system "$bare"
  say "debootstrap: a minimal Debian 12, $arch"
  mkdir -p "$folder"
  # shellcheck disable=SC2016 # apt's own variable
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' | grep -v security | head -n 1)
  debootstrap --arch="$arch" --variant=minbase bookworm "$bare" "${mirror:-http://deb.debian.org/debian}" >"$folder/debootstrap.log"
  # As this machine is set up to reach it.
  apt-config dump | grep -iE '^Acquire::(Check|https?|Retries)' >"$bare/etc/apt/apt.conf.d/90machine" || true
  touch "$bare/done"
}

# fresh_root [complete]: complete, no further packages are wanted.
fresh_root() {
  rm -rf --one-file-system "$root"
  cp -a "$bare" "$root"
  mount -t proc proc "$root/proc"
  mount -t tmpfs -o mode=755 tmpfs "$root/run" && mount -t tmpfs tmpfs "$root/dev"
  mkdir "$root/dev/shm" "$root/run/lock" && chmod 1777 "$root/dev/shm"
  for device in null zero full random urandom tty; do
    touch "$root/dev/$device" && mount --bind "/dev/$device" "$root/dev/$device"
  done
  ln -s /proc/self/fd "$root/dev/fd"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  printf '127.0.0.1 localhost %s\n' "$(hostname)" >"$root/etc/hosts"
  [ "${1:-}" = complete ] || in_root apt-get update -qq
}

packages() { in_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >"$folder/apt.log" 2>&1; }

# Sets url. It ends with the script.
start_gateway() {
  state=$(mktemp -d)
  "$project/bin/earshot" gateway --open --port 0 --responder parrot --json --state "$state" >"$state/said" 2>"$state/log" &
  gateway=$!
  trap 'kill $gateway 2>/dev/null; rm -rf "$state"' EXIT
  until grep -q url "$state/said"; do kill -0 $gateway && sleep 0.2; done
  url=$(sed -n 's/.*"url":"\([^"]*\)".*/\1/p' "$state/said")
}
