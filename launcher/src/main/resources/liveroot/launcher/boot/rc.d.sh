#!/bin/sh
#
# PROVIDE: liveroot_cover
# REQUIRE: root
# BEFORE: mountcritlocal
#
# RAM unions over directories of a root that cannot be written to, in place of mfs lines of /etc/fstab; see docs/netbsd.md
# of liveroot.

. /etc/rc.subr

name="liveroot_cover"
rcvar=$name
start_cmd="liveroot_cover_start"
stop_cmd="liveroot_cover_stop"
status_cmd="liveroot_cover_status"
extra_commands="status"

LIVEROOT_JAVA=@JAVA@
export LIVEROOT_JAVA

liveroot_cover_start()
{
	@LIVEROOT@ cover @ARGUMENTS@
}

liveroot_cover_stop()
{
	# What was left out is not there: 66.
	for directory in @DIRECTORIES@; do
		@LIVEROOT@ umount $directory 2>/dev/null || [ $? -eq 66 ] || @LIVEROOT@ umount $directory || return 1
	done
}

liveroot_cover_status()
{
	@LIVEROOT@ status
}

load_rc_config $name
: ${liveroot_cover:=YES}
: ${liveroot_cover_enable:=YES}
run_rc_command "$1"
