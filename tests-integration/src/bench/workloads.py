"""What is timed: shell commands on a mounted root, whose directory they get as $M. $T is a scratch directory outside of
it; $FILES, $MIB and $TIMES say how much there is to do. A workload may have a step before it that is not timed, and may
begin with cold caches."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Workload:
    name: str
    title: str
    run: str
    before: str = ""
    cold: bool = False
    writes: bool = False
    # Programs of this machine, or of the root if they start with a slash.
    needs: tuple = ()


# Peers show a directory below the root with the root's own inode number: find says so, and stays out of it.
FIND = '{ find "$M" -xdev -ls > /dev/null; } 2> "$T/find.err" || ! grep -v "File system loop detected" "$T/find.err" >&2'
READ_USR = 'find "$M/usr" -xdev -type f -print0 | xargs -0 cat'
TREE = 'test -f "$T/tree.tar" || tar -C "$M" -cf "$T/tree.tar" usr/include usr/share/perl usr/lib/python3 2> /dev/null || test -s "$T/tree.tar"'
PROGRAMS = "bash perl dpkg apt-get find sort gpgv tar git python3 gcc ssh"

ALL = [
    Workload("mount", "mount, until it answers", 'stat "$M/usr/bin" > /dev/null'),
    Workload("find", "find -ls, cold", FIND, cold=True),
    Workload("find-again", "find -ls, again", FIND, before=FIND),
    Workload("read", "read /usr, cold, one reader", READ_USR + " > /dev/null", cold=True),
    Workload("read-4", "read /usr, cold, 4 readers", 'find "$M/usr" -xdev -type f -print0 | xargs -0 -P 4 -n 64 cat > /dev/null', cold=True),
    Workload("read-again", "read /usr, again", READ_USR + " > /dev/null", before=READ_USR + " > /dev/null"),
    Workload("exec", "start 12 programs in a chroot, cold",
             f'chroot "$M" /bin/sh -c \'for p in {PROGRAMS}; do command -v $p > /dev/null && $p --version; done; '
             'command -v python3 > /dev/null && python3 -c "import json, ssl, asyncio, email.mime.text, xml.sax"; true\' > /dev/null 2>&1',
             cold=True, needs=("chroot", "/bin/sh")),
    Workload("random", "fio, 4 KiB random reads, 2 threads, cold",
             'fio --name=random --filename="$(find "$M/usr" -xdev -type f -size +256k | sort | head -40 | paste -sd :)" --rw=randread --bs=4k '
             '--readonly --ioengine=psync --thread --numjobs=2 --number_ios=8000 --norandommap --randrepeat=1 --invalidate=1 > /dev/null',
             cold=True, needs=("fio",)),
    Workload("write", "write 1 GiB, dd bs=1M", 'dd if=/dev/zero of="$M/big" bs=1M count=$MIB status=none', writes=True),
    Workload("write-4k", "write 256 MiB, dd bs=4k", 'dd if=/dev/zero of="$M/big" bs=4k count=$((MIB * 64)) status=none', writes=True),
    Workload("rewrite", "fio, 50,000 random 4 KiB rewrites",
             'fio --name=rewrite --filename="$M/big" --rw=randwrite --bs=4k --size=$((MIB / 4))m --ioengine=psync --number_ios=$TIMES --randrepeat=1 > /dev/null',
             before='rm -f "$M/big"; dd if=/dev/zero of="$M/big" bs=1M count=$((MIB / 4)) status=none', writes=True, needs=("fio",)),
    Workload("append", "append a byte to the largest file of the image", 'printf x >> "$(cat "$T/largest")"',
             before='find "$M/usr" "$M/opt" -xdev -type f -printf "%s %p\\n" | sort -n | tail -1 | cut -d" " -f2- > "$T/largest"',
             cold=True, writes=True),
    Workload("chown", "chown -R of /usr/share", 'chown -R 1:1 "$M/usr/share"', before='find "$M/usr/share" -xdev > /dev/null', cold=True, writes=True),
    Workload("untar", "untar /usr/include and two libraries of scripts", 'tar -xf "$T/tree.tar" -C "$M/untar"', before=TREE + '; mkdir "$M/untar"', writes=True),
    Workload("small", "create 20,000 files of 512 bytes",
             'perl -e \'for (1 .. $ARGV[1]) { open my $f, ">", "$ARGV[0]/$_" or die $!; print $f "x" x 512; close $f or die $! }\' "$M/small" "$FILES"',
             before='mkdir "$M/small"', writes=True, needs=("perl",)),
    Workload("rm", "rm -r of what was untarred", 'rm -r "$M/untar"', before=TREE + '; mkdir "$M/untar"; tar -xf "$T/tree.tar" -C "$M/untar"', writes=True),
    Workload("sqlite", "400 sqlite transactions",
             'perl -e \'print "create table t (a, b);\\n"; print "insert into t values ($_, randomblob(300));\\n" for 1 .. $ARGV[0]\' "$((TIMES / 125))" | sqlite3 "$M/db"',
             writes=True, needs=("perl", "sqlite3")),
]

NAMES = [workload.name for workload in ALL]
BY_NAME = {workload.name: workload for workload in ALL}

# As the titles have it, and for a quick look.
STANDARD = {"FILES": "20000", "MIB": "1024", "TIMES": "50000"}
SHORT = {"FILES": "300", "MIB": "16", "TIMES": "1250"}

# The most times of the kernel's own time that are aimed at, read-only and with a union over "/".
READ_GOALS = {"find": 1.0, "find-again": 1.15, "read": 0.7, "read-4": 0.7, "read-again": 1.15, "exec": 1.1, "random": 1.0}
LZ4_GOALS = {"read": 0.9, "read-4": 0.9}
WRITE_GOALS = {"write": 1.1, "write-4k": 1.3, "rewrite": 1.3, "untar": 3, "small": 4, "rm": 2.5, "sqlite": 3, "append": 0.05, "chown": 2}
UNION_READ = 1.3


def goal(workload, system, image):
    """Of one of our systems, or None."""
    read = LZ4_GOALS.get(workload, READ_GOALS.get(workload)) if "lz4" in image else READ_GOALS.get(workload)
    if system == "liveroot-ro":
        return read
    if system == "liveroot":
        return read * UNION_READ if read else WRITE_GOALS.get(workload)
    return None
