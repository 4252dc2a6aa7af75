"""What the block cache is asked for while a root is used, and what other policies would have made of it.

A JVM of its own mounts the image and notes every demand (liveroot.bench of the tests); the kernel's overlayfs makes it
writable. The kernel's page cache stands before the block cache, so what programs may take of RAM decides how much they ask
for twice: each trace is made with all of the machine's, and once more in a memory cgroup.
"""
import glob
import os
import subprocess
import time

import systems
from measure import note_machine, require_time, say
from results import image_name

BUDGETS = (8, 32, 128, 256)

# MiB that a session's programs and their files may take; 0 is all there is.
LIMITS = (0, 96)

BOOT = """
for p in bash perl dpkg apt-get find sort gpgv tar git python3 gcc sqlite3 ssh; do
    if command -v $p; then $p --version; fi
done
if command -v python3; then python3 -c "import json, ssl, sqlite3, asyncio, xml.dom.minidom"; fi
find /etc -ls; dpkg -l; cat /etc/passwd /etc/ssl/certs/*; perl -MPOSIX -e1; apt-cache policy
"""

FIND = "find / -xdev -ls; find / -xdev -newer /etc/passwd"

INSTALL = """
mkdir -p /tmp/p/DEBIAN /tmp/p/opt
cp -r /usr/share/perl /usr/include/linux /tmp/p/opt
printf 'Package: trace\\nVersion: 1\\nArchitecture: all\\nMaintainer: a <a@example.org>\\nDescription: trace\\n' > /tmp/p/DEBIAN/control
dpkg-deb -b /tmp/p /tmp/p.deb && dpkg -i /tmp/p.deb && dpkg -V trace && ldconfig && dpkg -r trace
dpkg --audit; dpkg -V coreutils libc6 perl-base
"""

COMPILE = """
cd /tmp; for i in 1 2 3 4 5 6 7 8; do
    for h in stdio stdlib string unistd math time errno fcntl signal pthread netdb sys/stat sys/socket linux/fs linux/tcp; do
        echo "#include <$h.h>"
    done > $i.c
    echo "int f$i(int x) { return printf(\\"%d\\", x) + (int) sqrt(x); }" >> $i.c
    gcc -O2 -c $i.c
done
echo 'int main(void) { return 0; }' > m.c; gcc m.c [1-8].o -lm; ./a.out
"""

SESSIONS = {"boot": BOOT, "find": FIND, "install": INSTALL, "compile": COMPILE, "all in turn": BOOT + INSTALL + COMPILE + FIND + BOOT}

TITLES = {"boot": "thirteen programs start, python3 imports, dpkg -l, apt-cache policy",
          "find": "find over all of it, twice", "install": "a package of 1,950 files built, installed, verified, removed",
          "compile": "eight C files compiled and linked", "all in turn": "boot, install, compile, find, boot"}


class Cgroup:
    """One for a session's programs, of either version of cgroups."""

    def __init__(self, mib):
        self.path = None
        if mib == 0:
            return
        name = f"liveroot-bench-{os.getpid()}"
        if os.path.isdir("/sys/fs/cgroup/memory"):
            self.path, limit = f"/sys/fs/cgroup/memory/{name}", "memory.limit_in_bytes"
        else:
            self.path, limit = f"/sys/fs/cgroup/{name}", "memory.max"
        os.mkdir(self.path)
        with open(os.path.join(self.path, limit), "w", encoding="ascii") as file:
            file.write(str(mib << 20))

    def enter(self):
        """What a shell does to be in it."""
        return f"echo $$ > {self.path}/cgroup.procs; " if self.path else ""

    def end(self):
        """What has been killed may take a moment to leave it."""
        for last in (False, False, False, True) if self.path else ():
            try:
                os.rmdir(self.path)
                return
            except OSError:
                if last:
                    raise
                time.sleep(1)


class Jvm:
    """The classes of liveroot.bench, compiled against the program that liveroot is."""

    def __init__(self, project, scratch):
        program = os.path.join(project, "launcher", "target", "liveroot")
        classes = os.path.join(scratch, "classes")
        libraries = os.path.join(program, "liveroot.jar") + ":" + os.path.join(program, "lib", "*")
        sources = glob.glob(os.path.join(project, "tests-integration", "src", "test", "java", "liveroot", "bench", "*.java"))
        systems.call("javac", "-proc:none", "-d", classes, "-cp", libraries, *(s for s in sources if not s.endswith("Test.java")), limit=300)
        native = os.path.join(program, "native")
        self.command = ["java", "-Xmx1g", "-XX:MaxDirectMemorySize=2g", "-XX:+UseSerialGC", f"-Djava.library.path={native}",
                        f"-Djffi.boot.library.path={native}", "-cp", classes + ":" + libraries]

    def start(self, name, *arguments):
        return subprocess.Popen([*self.command, "liveroot.bench." + name, *map(str, arguments)],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)


def measure(options, results, scratch, sessions=tuple(SESSIONS)):
    note_machine(results)
    # Builds the program if that has not been done.
    systems.call(options.liveroot, "--version", limit=600)
    jvm = Jvm(os.path.dirname(options.liveroot), scratch)
    for image in map(os.path.realpath, options.images[:1]):
        for session in sessions:
            for limit in LIMITS:
                key = f"{image_name(image)}|{session}|{limit}"
                if key not in results.data["traces"]:
                    require_time()
                    trace = os.path.join(scratch, "trace")
                    record(jvm, image, scratch, SESSIONS[session], limit, trace)
                    results.put("traces", key, replay(jvm, trace))
                    say(f"{key}: {results.data['traces'][key]['gets']:,} demands")


def record(jvm, image, scratch, script, limit, trace):
    root, lower, ram = (os.path.join(scratch, name) for name in ("root", "lower", "ram"))
    for path in (root, lower, ram):
        os.makedirs(path, exist_ok=True)
    group = Cgroup(limit)
    recorder = jvm.start("TraceRecorder", image, lower, trace)
    try:
        if recorder.stdout.readline().strip() != "mounted":
            raise RuntimeError(f"{image} could not be mounted to record a trace")
        systems.call("mount", "-t", "tmpfs", "-o", "size=2g", "bench", ram)
        os.makedirs(os.path.join(ram, "upper"))
        os.makedirs(os.path.join(ram, "work"))
        systems.call("mount", "-t", "overlay", "overlay", "-o", f"lowerdir={lower},upperdir={ram}/upper,workdir={ram}/work", root)
        # A program of a small root may be missing: what runs is traced.
        systems.call("bash", "-c", group.enter() + 'exec chroot "$1" /bin/sh -c "$2" > /dev/null 2>&1', "bash", root, script,
                     limit=300, check=False)
    finally:
        for path in (root, ram, lower):
            if systems.mounted(path):
                systems.call("umount", path, check=False)
        group.end()
    recorder.stdout.close()
    if recorder.wait(60) != 0:
        raise RuntimeError(f"the recorder of a trace ended with {recorder.returncode}")


def replay(jvm, trace):
    """What TraceReplay prints, by names."""
    done = jvm.start("TraceReplay", trace, *BUDGETS)
    figures = {"hits": {}, "loaded": {}}
    for line in done.stdout:
        words = line.split()
        if words[0] == "trace":
            figures.update(zip(("gets", "blocks", "bytes", "whole", "again"), map(int, words[1:])))
        else:
            figures["hits"][f"{words[1]}|{words[2]}"] = int(words[4])
            figures["loaded"][f"{words[1]}|{words[2]}"] = int(words[5])
    if done.wait() != 0:
        raise RuntimeError(f"the replay of a trace ended with {done.returncode}")
    return figures
