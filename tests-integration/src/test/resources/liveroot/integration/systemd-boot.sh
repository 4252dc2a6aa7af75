# Boots this machine's systemd over this machine's root, read-only, in namespaces of its own, with the unit that
# "liveroot install-boot --init systemd --preset linux" writes there, and has it shut down again.
#
#   systemd-boot.sh CHECKOUT DIRECTORY
#
# To be run as root, in a mount namespace of its own whose mounts are private. DIRECTORY is to be empty. Prints what was
# seen by a service (up:), by systemd-shutdown once all that it kills is dead (end:), and from outside afterwards (after:).
# Ends with 77, and one line, where this cannot be done.
#
# systemd knows by container= that it is no machine's first process, and by /sys and /proc/sys being read-only that devices
# and kernel settings are none of its affair. It cannot reboot anything, as it has not the right to.
set -euo pipefail
checkout=$1
W=$2
mkdir "$W/root" "$W/add" "$W/run"
R=$W/root
cannot() {
  echo "$*"
  exit 77
}

java=$(readlink -f "$(command -v "${JAVA_HOME:+$JAVA_HOME/bin/}java")")
case $java in
/etc/* | /home/* | /root/* | /tmp/* | /var/*) cannot "$java lies in a directory that is to be covered" ;;
esac
cgroups=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
if [ -z "$cgroups" ]; then
  mkdir "$W/cgroup"
  cgroups=$W/cgroup
  mount -t cgroup2 cgroup2 "$cgroups" || cannot "no cgroup2 can be mounted, which systemd needs"
fi
group=$cgroups$(sed -n 's/^0:://p' /proc/self/cgroup)/liveroot-test-$$
mkdir "$group" || cannot "no control group can be made, which systemd needs"
finish() {
  echo $$ > "${group%/*}/cgroup.procs"
  find "$group" -depth -type d -exec rmdir {} +
}
trap finish EXIT

# The root: this one, without what is mounted on it, and over it the /etc of a system without services of its own.
mount -t tmpfs -o size=512m add "$W/add"
mkdir -p "$W/add/upper/etc" "$W/add/work"
setfattr -n trusted.overlay.opaque -v y "$W/add/upper/etc"
mount -t overlay -o "lowerdir=/,upperdir=$W/add/upper,workdir=$W/add/work" root "$R" || cannot "no overlayfs over / can be mounted"
for file in passwd group shadow nsswitch.conf ld.so.cache ld.so.conf ld.so.conf.d alternatives os-release default; do
  [ ! -e "/etc/$file" ] || cp -a "/etc/$file" "$R/etc"
done
for jvm in /etc/java*; do [ ! -e "$jvm" ] || cp -a "$jvm" "$R/etc"; done
touch "$R/etc/machine-id" "$R/etc/hostname"
# In place of disks: one below a directory that is to be covered, one at one.
printf 'disk %s tmpfs defaults 0 0\n' /var/log /home > "$R/etc/fstab"
# It would walk through all of this machine's /tmp.
mkdir "$R/etc/tmpfiles.d"
ln -s /dev/null "$R/etc/tmpfiles.d/tmp.conf"

# The checkout may be on another file system, or in a directory that is to be covered.
program=/opt/liveroot-test
mkdir -p "$R$program/launcher/target"
cp -a "$checkout/liveroot" "$R$program"
cp -a "$checkout/launcher/target/liveroot" "$R$program/launcher/target"
mount --bind /dev "$R/dev"
mount -t proc proc "$R/proc"
env -i PATH="$PATH" LIVEROOT_JAVA="$java" chroot "$R" $program/liveroot install-boot --init systemd --preset linux > "$W/said" ||
  cannot "$java does not run in an overlayfs of /, it may lie on another file system"
umount "$R/proc" "$R/dev"

mkdir "$R/etc/systemd/system/multi-user.target.wants"
ln -s ../probe.service "$R/etc/systemd/system/multi-user.target.wants"
cat > "$R/etc/systemd/system/probe.service" << 'END'
[Unit]
After=local-fs.target systemd-tmpfiles-setup.service
[Service]
Type=oneshot
ExecStart=/bin/bash /run/probe
END
mkdir -p "$R/usr/lib/systemd/system-shutdown"
cat > "$R/usr/lib/systemd/system-shutdown/look" << 'END'
#!/bin/bash
exec > /run/end 2>&1
echo "end: $1"
echo "end: processes with an @: $(grep -l '^@' /proc/[0-9]*/cmdline 2> /dev/null | wc -l)"
# What nobody uses has been unmounted by now, as any mount; /etc never is.
for directory in $(awk '$3 == "fuse.liveroot" { print $2 }' /proc/self/mounts); do
  timeout 10 sh -c "cat $directory/liveroot-test && echo more > $directory/new && ls -l $directory > /run/list" ||
    echo "end: $directory is not served"
done
END
chmod 755 "$R/usr/lib/systemd/system-shutdown/look"
mount -o remount,ro "$R"

mount -t tmpfs -o mode=755 run "$W/run"
mount --bind "$W/run" "$R/run"
cat > "$W/run/probe" << 'END'
exec > /run/up 2>&1
cover=liveroot-cover.service
of() { systemctl show -P "$2" "$1"; }
echo "up: $(systemctl is-active $cover local-fs.target | tr '\n' ' ')"
echo "up: $(awk '$3 == "fuse.liveroot" { print $2 }' /proc/self/mounts | sort | tr '\n' ' ')"
echo "up: it has notified: $(of $cover StatusText)"
type() { awk -v d="$1" '$2 == d { t = $3 } END { print t }' /proc/self/mounts; }
echo "up: of fstab /var/log is mounted as $(type /var/log), /home as $(type /home)"
served=$(of $cover ActiveEnterTimestampMonotonic)
later=
for unit in $(sed -n 's/^Before=//p' /etc/systemd/system/$cover); do
  case " $(of $cover Before) " in
  *" $unit "*) ;;
  *) echo "up: no Before=$unit" ;;
  esac
  began=$(of "$unit" InactiveExitTimestampMonotonic)
  if [ "$began" != 0 ] && [ "$began" -lt "$served" ]; then
    echo "up: $unit began at $began, the covers were served at $served"
  elif [ "$began" != 0 ]; then
    later="$later $unit"
  fi
done
echo "up: began later:$later"
echo "up: main process $(head -c 1 "/proc/$(of $cover MainPID)/cmdline")"
touch /usr/new 2> /dev/null || echo "up: /usr is read-only"
for directory in /etc /home /root /var; do
  echo "end: $directory holds what was written" > $directory/liveroot-test && echo "up: $directory can be written to"
done
systemctl --no-block poweroff
END

echo $$ > "$group/cgroup.procs"
status=0
# shellcheck disable=SC2016
timeout -k 5 240 unshare --pid --mount --uts --ipc --net --cgroup --fork --kill-child bash -euc '
  R=$1
  mount --make-rprivate /
  mount -t proc proc "$R/proc"
  mount --bind "$R/proc/sys" "$R/proc/sys"
  mount -o remount,bind,ro "$R/proc/sys"
  mount -t sysfs -o ro sysfs "$R/sys"
  mount -t cgroup2 cgroup2 "$R/sys/fs/cgroup"
  mount -t tmpfs -o mode=755,size=1m dev "$R/dev"
  mkdir "$R/dev/pts" "$R/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666 devpts "$R/dev/pts"
  mount -t tmpfs -o mode=1777 shm "$R/dev/shm"
  for device in null zero full random urandom tty fuse; do
    : > "$R/dev/$device"
    mount --bind "/dev/$device" "$R/dev/$device"
  done
  cd "$R"
  pivot_root . mnt
  umount -l mnt
  exec env -i container=liveroot PATH=/usr/sbin:/usr/bin:/sbin:/bin setpriv --bounding-set -sys_boot,-sys_module,-sys_time,-mknod \
    --inh-caps -all /lib/systemd/systemd --unit=multi-user.target --show-status=no --log-level=info
' bash "$R" < /dev/null > "$W/console" 2>&1 || status=$?

cat "$W/run/up" "$W/run/end" || {
  cat "$W/console"
  journalctl -q --no-pager -D "$W/run/log/journal" | tail -50
  exit 1
}
echo "after: status $status"
