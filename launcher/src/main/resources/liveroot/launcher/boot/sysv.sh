#!/bin/sh
### BEGIN INIT INFO
# Provides:          liveroot-cover
# Required-Start:    mountdevsubfs
# Required-Stop:
# X-Start-Before:    mountall urandom hostname
# Default-Start:     S
# Default-Stop:
# Short-Description: RAM unions over directories of the root
# Description:       Makes directories of a root that cannot be written to writable; see docs/boot.md of liveroot.
### END INIT INFO

LIVEROOT_JAVA=@JAVA@
export LIVEROOT_JAVA
# The daemon that start has begun: sendsigs is not to kill it at shutdown, and stop ends no other.
spared=/run/sendsigs.omit.d/liveroot-cover

daemons() {
    for mount in /run/liveroot/*.mount; do
        [ ! -e "$mount" ] || basename "$mount" .mount
    done
}

# What covers lie at, the lowest first.
covers() {
    [ ! -e "/run/liveroot/$1.mount" ] || tr '\0' '\n' <"/run/liveroot/$1.mount" | sort -r
}

case ${1:-} in
start)
    modprobe -q fuse || true
    before=$(daemons)
    @LIVEROOT@ cover @ARGUMENTS@ || exit 1
    mkdir -p /run/sendsigs.omit.d
    for daemon in $(daemons); do
        printf '%s\n' "$before" | grep -qx "$daemon" || echo "$daemon"
    done >"$spared"
    ;;
stop)
    [ -e "$spared" ] || exit 0
    for daemon in $(cat "$spared"); do
        for directory in $(covers "$daemon"); do
            @LIVEROOT@ umount "$directory" || exit 1
        done
    done
    rm -f "$spared"
    ;;
restart | force-reload)
    "$0" stop && "$0" start
    ;;
status)
    @LIVEROOT@ status
    ;;
*)
    echo "Usage: $0 {start|stop|restart|force-reload|status}" >&2
    exit 2
    ;;
esac
