# A bare Debian whose first process is systemd, in namespaces of its own. Sourced after bare.sh by the scripts that try the service.
# shellcheck shell=bash disable=SC2154,SC2034

# Of services that a container has no use for, and that could touch the machine outside, none.
MASKED=(systemd-networkd systemd-resolved systemd-timesyncd systemd-sysctl systemd-modules-load systemd-logind console-getty getty@ fstrim.timer)

# The bare system with systemd, Node, the device's bundle in /root/earshot, and further packages.
# Without the bundle it is kept, too, for the next time.
system_with_bundle() {
  local all=(systemd systemd-sysv dbus libstdc++6 libatomic1 libasound2 libportaudio2 "$@") kept
  kept=$folder/systemd-$arch-$(printf '%s ' "${all[@]}" | cksum | cut -d ' ' -f 1)
  if [ -e "$kept/done" ]; then
    bare=$kept
    fresh_root complete
  else
    fresh_root
    packages "${all[@]}"
    rm -rf --one-file-system "$kept"
    cp -a --one-file-system "$root" "$kept"
    touch "$kept/done"
  fi
  cp "$(readlink -f "$(command -v node)")" "$root/usr/local/bin/node"
  in_root systemctl mask --quiet "${MASKED[@]}"
  (cd "$project" && npm run --silent bundle)
  tar -xzf "$project"/dist-device/earshot-*-linux-*.tgz -C "$root/root"
}

# Further namespaces as options of unshare, like --net.
boot() {
  group=$(findmnt -t cgroup2 -n -o TARGET | head -n 1)/earshot-service-$$
  mkdir "$group"
  # shellcheck disable=SC2016 # for the shell inside
  (echo $BASHPID >"$group/cgroup.procs" && exec unshare --pid --fork --cgroup --ipc --uts --mount "$@" sh -c '
    cd "$1" && mount --bind . . && cd "$1"
    mount -t proc proc proc && mount --bind proc/sys proc/sys && mount -o remount,ro,bind proc/sys
    mount -t sysfs -o ro sysfs sys && mount -t cgroup2 none sys/fs/cgroup
    mkdir -p old && pivot_root . old && umount -l /old
    exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd systemd.unit=multi-user.target
  ' sh "$root") >"$folder/systemd.log" 2>&1 &
  outside=$!
  until inside systemctl is-system-running --wait >/dev/null 2>&1; do sleep 0.2; done
}

# unshare's child is the first process in there.
inside() {
  init=$(pgrep --parent "$outside") || return
  nsenter --target "$init" --mount --pid --cgroup --ipc --uts --net --root --wd \
    env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

power_off() {
  # Whatever else is in there ends with the first process.
  pkill -KILL --parent "$outside" || true
  wait "$outside" || true
  find "$group" -depth -type d -exec rmdir {} + || true
}

shows() { inside systemctl show "${2:-earshot}" --property "$1" --value; }
# Waits for what is to come; says what is if it does not.
#     becomes PROPERTY PATTERN [UNIT]
becomes() {
  for _ in $(seq "${patience:-100}"); do
    # shellcheck disable=SC2053 # a pattern
    [[ $(shows "$1" "${3:-earshot}") == $2 ]] && say "$1 is $(shows "$1" "${3:-earshot}")" && return
    sleep 0.2
  done
  inside journalctl --unit "${3:-earshot}" --no-pager --lines 20
  fail "$1 is $(shows "$1" "${3:-earshot}"), not $2"
}

# A bundle with another version, in /root inside; unpacked in $folder/variant.
variant() {
  rm -rf "$folder/variant" && mkdir "$folder/variant"
  tar -xzf "$project"/dist-device/earshot-*-linux-*.tgz -C "$folder/variant"
  sed -i "s/\"version\": \"[^\"]*\"/\"version\": \"$1\"/" "$folder/variant/earshot/package.json"
  pack_variant "$1"
}
pack_variant() { tar -czf "$root/root/$1.tgz" -C "$folder/variant" earshot; }
