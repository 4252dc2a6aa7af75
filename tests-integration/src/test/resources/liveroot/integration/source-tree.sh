# Makes a tree with everything that SquashFS can hold. $1: the directory to fill. Root: devices, owners, trusted xattrs.
set -eu
export LC_ALL=C.UTF-8
mkdir -p "$1"
cd "$1"
mkdir -p System/Library/CoreServices usr/bin var/tmp var/empty etc Volumes deep/a/b/c/d/e/f/g/h/i/j/k many

echo hello > etc/hello.txt
ln etc/hello.txt etc/hardlink.txt
ln -s hello.txt etc/symlink
ln etc/symlink etc/symlink-too
ln -s ../../etc/hello.txt usr/bin/rel
ln -s "$(printf 'x%.0s' {1..200})/$(printf 'y%.0s' {1..200})" etc/longsymlink
ln -s /nowhere/at/all etc/dangling
: > etc/empty
touch "etc/$(printf 'n%.0s' {1..255})"
printf 'decomposed' > "$(printf 'etc/cafe\xcc\x81.txt')"
printf 'composed' > "$(printf 'etc/caf\xc3\xa9.txt')"
echo jp > etc/日本語.txt
printf 'newline' > $'etc/two\nlines'
printf 'spaces' > 'etc/ leading, trailing \ and "quotes" '

perl -e '
  srand(1);
  my @words = map { join "", map { chr(97 + int rand 26) } 1 .. 2 + int rand 8 } 1 .. 2000;
  sub put { my ($name, $bytes) = @_; open my $f, ">", $name or die "$name: $!"; print $f $bytes; close $f or die $! }
  put("usr/bin/text.dat", join " ", map { $words[rand @words] } 1 .. 120000);
  put("usr/bin/random.dat", join "", map { chr int rand 256 } 1 .. 300000);
  # One file of a whole number of blocks, and one byte less and more, for the block sizes in use.
  put("usr/bin/bytes-$_", substr(join("", map { chr(32 + $_ % 90) } 1 .. 1024) x 1026, 0, $_))
    for 1, 4095, 4096, 4097, 131071, 131072, 131073, 262144, 1048577;
  put(sprintf("many/file_%04d_with_a_longish_name.txt", $_), "content $_\n") for 0 .. 599;
  open my $f, ">", "var/tmp/sparse.dat" or die;
  sysseek $f, 3 * 131072, 0; syswrite $f, "middle" x 1000;
  sysseek $f, 1500000, 0; syswrite $f, "end";
'
truncate -s 3000000 var/tmp/hole.dat
cp usr/bin/text.dat usr/bin/duplicate.dat

mkfifo etc/fifo
perl -MSocket -e 'socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die; bind($s, pack_sockaddr_un($ARGV[0])) or die $!' etc/sock
echo deep > deep/a/b/c/d/e/f/g/h/i/j/k/leaf
setfattr -n user.comment -v "a user xattr" etc/hello.txt
setfattr -n user.empty -v "" etc/empty
setfattr -n user.big -v "$(printf 'v%.0s' {1..3000})" usr/bin/text.dat
setfattr -n user.on-directory -v "1" usr
setfattr -n user.same -v "shared value of some length" usr/bin/random.dat
setfattr -n user.same -v "shared value of some length" usr/bin/duplicate.dat
chmod 4755 usr/bin/random.dat
chmod 1777 var/tmp
chmod 0 etc/dangling 2> /dev/null || true
chmod 0400 etc/empty
chmod 2755 usr/bin

if test "$(id -u)" = 0; then
  mknod etc/null c 1 3
  mknod etc/loop0 b 7 0
  mknod etc/far c 300 70000
  chown 1000:1001 etc/hello.txt
  chown -h 1002:1003 etc/symlink
  chown 4000000000:4000000001 etc/empty
  setfattr -n trusted.test -v y var/tmp
  setfattr -h -n trusted.on-symlink -v y etc/dangling
  setfattr -n trusted.on-device -v y etc/null
  setfattr -n security.capability -v 0sAQAAAgAgAAAAAAAAAAAAAAAAAAA= usr/bin/random.dat
fi
# Whole seconds, which is all that an image keeps.
find . -exec touch -h -d '2020-06-07 08:09:10 UTC' {} +
touch -d '2001-02-03 04:05:06 UTC' etc/hello.txt
touch -d '1970-01-01 00:00:00 UTC' etc/empty
touch -d '2100-01-01 00:00:00 UTC' var/empty
touch -h -d '1999-12-31 23:59:59 UTC' etc/symlink
