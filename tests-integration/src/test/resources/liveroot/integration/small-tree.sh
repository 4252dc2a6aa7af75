# A small tree with something of everything. $1: the directory to fill. Needs no privilege.
set -eu
mkdir -p "$1/many" "$1/a/b/c" "$1/empty" "$1/etc"
cd "$1"
perl -e '
  srand(3);
  sub put { my ($name, $bytes) = @_; open my $f, ">", $name or die; print $f $bytes; close $f or die }
  put("text", join " ", map { join "", map { chr(97 + int rand 6) } 1 .. 5 } 1 .. 8000);
  put("noise", join "", map { chr int rand 256 } 1 .. 9000);
  put(sprintf("many/%03d-of-many", $_), "$_\n" x $_) for 0 .. 39;
  open my $f, ">", "sparse" or die; sysseek $f, 300000, 0; syswrite $f, "end";
'
echo leaf > a/b/c/leaf
cp text noise etc
ln text a/text-too
ln -s a/b/c/leaf symlink
mkfifo fifo
setfattr -n user.short -v 1 text
setfattr -n user.long -v "$(printf 'v%.0s' {1..300})" noise
setfattr -n user.long -v "$(printf 'v%.0s' {1..300})" a
