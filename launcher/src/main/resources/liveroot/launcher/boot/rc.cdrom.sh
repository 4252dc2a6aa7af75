# To be read by /etc/rc.cdrom in place of its RAMDisk function and the lines that call it:
#
#   . /etc/rc.cdrom.liveroot
#
# launchd must not have been asked for anything below these directories by jobs that it starts meanwhile.
LIVEROOT_JAVA=@JAVA@
export LIVEROOT_JAVA
@LIVEROOT@ cover @ARGUMENTS@
