# Makes images of a Debian root by debootstrap: $1/debian-lz4.sqfs and $1/debian-zstd.sqfs. Needs root and a mirror.
# Some packages are kept in /var/cache/apt/archives, to be installed again. $2: a directory to work in.
set -eu
export PATH=$PATH:/usr/sbin:/sbin LC_ALL=C.UTF-8
mkdir -p "$1"
mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Origin: Debian' 2> /dev/null | head -1 || true)
debootstrap --variant=minbase bookworm "$2/root" "${mirror:-http://deb.debian.org/debian}" > "$2/debootstrap.log" 2>&1 || {
  tail -3 "$2/debootstrap.log"
  exit 1
}
find "$2/root/var/cache/apt/archives" -name '*.deb' ! -name 'passwd_*' ! -name 'base-files_*' ! -name 'mawk_*' ! -name 'dash_*' -delete
for c in 'lz4' 'zstd -Xcompression-level 6'; do
  mksquashfs "$2/root" "$1/debian-${c%% *}.part" -comp $c -noappend -quiet -no-progress
done
mv "$1/debian-lz4.part" "$1/debian-lz4.sqfs"
mv "$1/debian-zstd.part" "$1/debian-zstd.sqfs"
rm -rf --one-file-system "$2/root"
