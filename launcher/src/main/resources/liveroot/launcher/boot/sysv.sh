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
# What sendsigs is not to kill at shutdown.
spared=/run/sendsigs.omit.d/liveroot-cover

case ${1:-} in
start)
    modprobe -q fuse || true
    @LIVEROOT@ cover @ARGUMENTS@ || exit 1
    mkdir -p /run/sendsigs.omit.d
    for mount in /run/liveroot/*.mount; do
        [ ! -e "$mount" ] || basename "$mount" .mount
    done >"$spared"
    ;;
stop)
    @LIVEROOT@ umount --all && rm -f "$spared"
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
