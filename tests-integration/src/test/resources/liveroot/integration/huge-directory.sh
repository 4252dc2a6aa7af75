# A directory of 100,000 entries. $1: the directory to fill.
set -eu
mkdir -p "$1/sub"
cd "$1"
perl -e 'for (0 .. 99999) { open my $f, ">", sprintf("entry-%05d", $_) or die; print $f "pi\n" if $_ == 31415 }'
echo file > sub/file
