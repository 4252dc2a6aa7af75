# Directories for random operations, all alike: cases/000 and so on, tight/000 and so on.
# $1: the directory to fill, $2: how many of each.
set -eu
export LC_ALL=C.UTF-8
mkdir -p "$1/cases/000"
cd "$1/cases/000"
perl -e '
  srand(4);
  my @names = ("a" .. "f");
  sub bytes { my $n = shift; join "", map { chr int rand 256 } 1 .. $n }
  sub fill {
    my ($dir, $depth) = @_;
    for my $name (@names) {
      my $path = "$dir$name";
      my $kind = int rand($depth ? 8 : 6);
      if ($kind < 3) {
        open my $f, ">", $path or die;
        # Blocks of noise, of text, and holes.
        for (my ($at, $end) = (0, int rand(rand() < 0.2 ? 300000 : 20000)); $at < $end; $at += 4096) {
          my $what = int rand 3;
          sysseek $f, $at, 0;
          syswrite $f, $what == 0 ? bytes(4096) : "some text\n" x 400 if $what;
        }
        close $f;
        chmod 0600 + int rand 0177, $path;
        chown int(rand 2) * 1000, int(rand 2) * 1000, $path;
        link $path, "${path}2" if rand() < 0.3;
      } elsif ($kind == 3) { symlink $names[rand @names], $path }
      elsif ($kind == 4) { system "mkfifo", "-m", "640", $path }
      elsif ($kind > 5) {
        mkdir $path;
        fill("$path/", $depth - 1);
        chown int(rand 2) * 1000, int(rand 2) * 1000, $path;
        chmod 01777 & (0700 + int rand 0400 | (rand() < 0.3 ? 01000 : 0)), $path;
      }
    }
  }
  mkdir $_ or die for "p", "q";
  fill("", 3); fill("p/", 2); fill("q/", 2);
'
find . -type f -name '[ab]*' -exec setfattr -n user.below -v below {} +
find . -type d -exec setfattr -n user.dir -v "$(printf 'd%.0s' {1..200})" {} +
find . -name 'c*' -exec setfattr -h -n trusted.below -v below {} +
mknod null c 1 3
find . -exec touch -h -d '2020-01-01 00:00:00 UTC' {} +
cd ..
for i in $(seq -w 1 "$(($2 - 1))"); do cp -a 000 "$(printf '%03d' "$((10#$i))")"; done
cp -a ../cases ../tight
