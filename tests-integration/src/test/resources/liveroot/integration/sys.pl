# System calls that no command of a small Debian makes: perl sys.pl CALL ARGUMENT... prints what happened.
# Numbers: arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h.
use strict;
use warnings;
use Fcntl qw(:DEFAULT :seek :mode);
use Errno;
use Socket;

my $machine = (POSIX_uname());
my %number = $machine eq "x86_64"
  ? (renameat2 => 316, linkat => 265, openat => 257, fallocate => 285)
  : (renameat2 => 276, linkat => 37, openat => 56, fallocate => 47);
my $AT_FDCWD = -100;
my $O_TMPFILE = 020000000 | ($machine eq "x86_64" ? 0200000 : 040000);

sub POSIX_uname { my $m = `uname -m`; chomp $m; return $m }
sub said { my ($what, $ok) = @_; print "$what: ", $ok ? "ok" : $!, "\n" }

sub rename2 {
  my ($from, $to, $flags) = @_;
  return syscall($number{renameat2}, $AT_FDCWD, "$from", $AT_FDCWD, "$to", $flags) == 0;
}

my %calls = (
  noreplace => sub { said("rename without replacing", rename2(@_, 1)) },
  exchange => sub { said("exchange", rename2(@_, 2)) },
  rename => sub { said("rename", rename($_[0], $_[1])) },
  link => sub { said("link", link($_[0], $_[1])) },
  unlink => sub { said("unlink", unlink($_[0])) },
  rmdir => sub { said("rmdir", rmdir($_[0])) },
  mkdir => sub { said("mkdir", mkdir($_[0])) },
  create => sub { said("create", sysopen(my $f, $_[0], O_CREAT | O_EXCL | O_WRONLY, 0644)) },
  open => sub { said("open for writing", sysopen(my $f, $_[0], O_WRONLY)) },
  # A file without a name that gets one.
  tmpfile => sub {
    my ($dir, $name) = @_;
    my $fd = syscall($number{openat}, $AT_FDCWD, "$dir", $O_TMPFILE | O_RDWR, 0640);
    return said("tmpfile", 0) if $fd < 0;
    open(my $f, "+<&=", $fd) or die $!;
    syswrite $f, "from nowhere\n" or die $!;
    print "links before: ", (stat $f)[3], "\n";
    said("link", syscall($number{linkat}, $AT_FDCWD, "/proc/self/fd/$fd", $AT_FDCWD, "$dir/$name", 0x400) == 0);
    print "links after: ", (stat $f)[3], "\n";
  },
  # An open file whose last name goes.
  unlinked => sub {
    my ($name) = @_;
    open(my $f, "+<", $name) or die "$name: $!";
    unlink $name or die "$name: $!";
    print "links: ", (stat $f)[3], "\n";
    sysread $f, my $old, 6;
    print "read: $old\n";
    sysseek $f, 0, SEEK_SET;
    syswrite $f, "changed though gone" or die $!;
    sysseek $f, 0, SEEK_SET;
    sysread $f, my $new, 100;
    print "read: $new\n";
    truncate $f, 7 or die $!;
    print "size: ", (stat $f)[7], "\n";
  },
  # A file that is open for reading while it is copied up.
  reader => sub {
    my ($name) = @_;
    open(my $reader, "<", $name) or die $!;
    my $inode = (stat $reader)[1];
    sysread $reader, my $old, 3;
    open(my $writer, "+<", $name) or die $!;
    syswrite $writer, "WRITTEN" or die $!;
    close $writer or die $!;
    sysseek $reader, 0, SEEK_SET;
    sysread $reader, my $new, 7;
    print "before: $old, after: $new, one inode: ", $inode == (stat $name)[1] && $inode == (stat $reader)[1], "\n";
  },
  # A file that is renamed while it is open.
  moved => sub {
    my ($name, $to) = @_;
    open(my $f, "+<", $name) or die $!;
    rename $name, $to or die $!;
    syswrite $f, "MOVED" or die $!;
    close $f or die $!;
    open($f, "<", $to) or die $!;
    print scalar <$f>;
  },
  punch => sub {
    my ($name, $offset, $length) = @_;
    open(my $f, "+<", $name) or die $!;
    said("punch", syscall($number{fallocate}, fileno $f, 3, $offset + 0, $length + 0) == 0);
  },
  # One byte in each of a list of places, through one open file.
  poke => sub {
    my ($name, @at) = @_;
    open(my $f, "+<", $name) or die $!;
    for my $at (@at) { sysseek $f, $at, SEEK_SET; syswrite $f, "*" or die $! }
    close $f or die $!;
  },
  append => sub {
    my ($name) = @_;
    sysopen(my $f, $name, O_WRONLY | O_APPEND) or die $!;
    sysseek $f, 0, SEEK_SET;
    syswrite $f, "appended\n" or die $!;
  },
  bind => sub {
    my ($name) = @_;
    socket(my $server, AF_UNIX, SOCK_STREAM, 0) or die $!;
    said("bind", bind($server, pack_sockaddr_un($name)));
    listen $server, 1;
    my $pid = fork;
    if (!$pid) {
      socket(my $client, AF_UNIX, SOCK_STREAM, 0) or die $!;
      connect($client, pack_sockaddr_un($name)) or die "connect: $!";
      syswrite $client, "through a socket\n";
      exit 0;
    }
    accept(my $connection, $server) or die $!;
    print scalar <$connection>;
    waitpid $pid, 0;
  },
  # Lists a directory while its entries go, in small steps.
  sweep => sub {
    my ($dir) = @_;
    opendir(my $d, $dir) or die $!;
    my $count = 0;
    while (defined(my $name = readdir $d)) {
      next if $name =~ /^\.\.?$/;
      unlink "$dir/$name" or die "$dir/$name: $!";
      $count++;
    }
    print "$count gone\n";
  },
);
my $call = shift;
($calls{$call} or die "no call $call")->(@ARGV);
