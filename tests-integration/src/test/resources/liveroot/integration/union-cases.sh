# Directories to lay a union over, all alike: one for each test case, so that many cases can share one mount.
# $1: the directory to fill.
set -eu
export LC_ALL=C.UTF-8
mkdir -p "$1/outside" "$1/cases" "$1/covered/sub" "$1/empty"
cd "$1"
echo outside > outside/file
echo covered > covered/sub/file
chown 1000:1001 covered
chmod 1771 covered
find covered -exec touch -d '2019-03-04 05:06:07 UTC' {} +

mkdir cases/00
cd cases/00
mkdir -p dir/sub dir2 emptydir setgid sticky dir555
echo lower > file
: > empty
echo read-only > readonly
perl -e 'srand(2); print map { chr int rand 256 } 1 .. 300000' > big
echo setuid > setuid
echo linked > link-a
ln link-a link-b
ln link-a dir/link-c
ln -s file symlink
ln -s dir symlink-to-dir
ln -s nowhere dangling
echo a > dir/a
echo b > dir/b
echo deep > dir/sub/deep
echo c > dir2/c
echo other > dir2/a
echo kept > dir555/file
echo mine > private
echo attributes > attributes
mkfifo fifo
mknod null c 1 3
mknod block b 7 1
perl -MSocket -e 'socket(my $s, AF_UNIX, SOCK_STREAM, 0); bind($s, pack_sockaddr_un("socket")) or die $!'
setfattr -n user.one -v 1 attributes
setfattr -n user.two -v 22 attributes
setfattr -n trusted.three -v 333 attributes
setfattr -n user.dir -v d dir
chmod 0444 readonly
chmod 4755 setuid
chmod 2775 setgid
chmod 1777 sticky
chmod 0600 private
chmod 0555 dir555
chown 1000:1000 private
chown 0:1001 setgid
chown -h 1000:1001 dangling
cd ..
find 00 -exec touch -h -d '2020-01-01 00:00:00 UTC' {} +
for i in $(seq -w 1 99); do cp -a 00 "$i"; done
