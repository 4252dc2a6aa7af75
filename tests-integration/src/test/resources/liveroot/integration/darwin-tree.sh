# A root of the shape of Darwin's, as far as rc.cdrom knows it. $1: the directory to fill.
set -eu
export LC_ALL=C.UTF-8
mkdir -p "$1"
cd "$1"
mkdir -p Volumes private/var/tmp private/var/run private/var/db/dhcpclient private/etc private/tmp \
  Library/Preferences/SystemConfiguration Library/ColorSync/Profiles/Displays System/Library
ln -s private/var var
ln -s private/etc etc
ln -s private/tmp tmp
chmod 1777 Volumes private/var/tmp private/tmp
chmod 775 private/var/run Library/Preferences
chown 1:1 private/var/run
chown 0:80 Library/Preferences
chmod 700 private/var/db/dhcpclient
setfattr -n user.covered -v yes private/var/db
echo boot > private/var/db/.AppleSetupDone
echo lease > private/var/db/dhcpclient/en0
ln private/var/db/.AppleSetupDone private/var/db/linked
ln -s dhcpclient/en0 private/var/db/lease
truncate -s 8M private/var/db/sparse
echo middle | dd of=private/var/db/sparse bs=1 seek=4000000 conv=notrunc status=none
for i in $(seq 200); do head -c 3000 /dev/zero | tr '\0' "$((i % 10))" > Library/Preferences/com.apple.$i.plist; done
perl -e 'srand(3); print map { chr int rand 256 } 1 .. 300000' > Library/Preferences/SystemConfiguration/big
mkfifo private/var/run/fifo
mknod private/var/run/null c 1 3
mknod private/var/run/zero c 1 5
chmod 666 private/var/run/null
find . -depth -exec touch -h -a -m -d '2003-10-24 05:06:07.123456789 UTC' {} +
