"""Runs workloads and writes down how long they took."""
import json
import os
import shutil
import subprocess
import sys
import time

import systems
from results import image_name
from workloads import ALL, BY_NAME, STANDARD

# One command may take so many seconds.
LIMIT = 300

failed = []

# When nothing new is begun any more, by time.monotonic().
deadline = None


class OutOfTime(Exception):
    """What was to be measured is not all done; what is done is kept."""


def require_time():
    if deadline is not None and time.monotonic() > deadline:
        raise OutOfTime

# How much the workloads have to do.
amounts = dict(STANDARD)


def say(text):
    print(text, file=sys.stderr, flush=True)


def shell(script, system, scratch):
    """Seconds that a script took."""
    environment = dict(os.environ, M=system.root, T=scratch, **amounts)
    start = time.perf_counter()
    done = subprocess.run(["timeout", "-k", "5", str(LIMIT), "bash", "-c", script], env=environment,
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        raise RuntimeError(f"exit {done.returncode}: {done.stderr.strip()[-300:]}")
    return seconds


def status(system):
    done = subprocess.run(["timeout", "20", system.liveroot, "status", "--json", system.root], stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)[0] if done.returncode == 0 else None


def requests(system):
    known = status(system) if system.is_ours() else None
    return known["requests"] if known else None


def resident(pid):
    """MiB of a process that are in RAM, and its own part of them with what it shares divided."""
    figures = {}
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        for line in file:
            word, _, rest = line.partition(":")
            if word in ("Rss", "Pss"):
                figures[word] = int(rest.split()[0]) / 1024
    return figures


def note_machine(results):
    def said(name, *command):
        """The line that has a number, and the name if there are several."""
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        except OSError:
            return "?"
        numbered = [line.strip() for line in done.stdout.splitlines() if any(c.isdigit() for c in line)]
        return next((line for line in numbered if name in line), (numbered or ["?"])[0])
    with open("/proc/meminfo", encoding="ascii") as file:
        memory = int(file.readline().split()[1]) >> 20
    versions = {name: said(name, *command) for name, command in {
        "liveroot": ("git", "-C", os.path.dirname(os.path.realpath(__file__)), "log", "-1", "--format=%h of %cs"),
        "fuse-overlayfs": ("fuse-overlayfs", "--version"), "squashfuse": ("squashfuse_ll", "--help"),
        "unionfs": ("unionfs", "--version"), "mksquashfs": ("mksquashfs", "-version"),
        "fio": ("fio", "--version"), "openjdk": ("java", "-version")}.items() if shutil.which(command[0])}
    results.put("machine", "now", {"cores": os.cpu_count(), "memory": f"{memory} GiB", "kernel": os.uname().release,
                                   "machine": os.uname().machine, "date": time.strftime("%Y-%m-%d"), "versions": versions})
    load = results.data["machine"].setdefault("load", [])
    load.append(round(os.getloadavg()[0], 2))


def chosen(options, usual):
    names = options.systems or usual
    for name in names:
        obstacle = systems.obstacle(name)
        if obstacle:
            say(f"bench: leaves {name} out: {obstacle}")
    return [name for name in names if systems.obstacle(name) is None]


def usable(workload, system):
    if workload.writes and not system.is_writable():
        return False
    for program in workload.needs:
        there = subprocess.run(["timeout", "20", "test", "-x", system.root + program]).returncode == 0 if program.startswith("/") else shutil.which(program)
        if not there:
            say(f"bench: leaves {workload.name} out: there is no {program}")
            return False
    return True


def once(workload, system, scratch):
    """Seconds of one run; the system is mounted before and after."""
    if workload.name == "mount":
        system.down()
        start = time.perf_counter()
        system.up()
        return time.perf_counter() - start + shell(workload.run, system, scratch)
    if workload.cold:
        system.cold()
    if workload.before:
        shell(workload.before, system, scratch)
    return shell(workload.run, system, scratch)


def workloads(options, results, scratch):
    """Every workload on every system in turn, and that again, so that what disturbs the machine disturbs all alike."""
    note_machine(results)
    wanted = [BY_NAME[name] for name in options.workloads] if options.workloads else ALL
    names = chosen(options, systems.NAMES)
    for image in map(os.path.realpath, options.images):
        for run in range(1, options.runs + 1):
            for name in names:
                todo = [w for w in wanted if not results.has("samples", f"{image_name(image)}|{name}|{w.name}", run)]
                if todo:
                    on_system(systems.System(name, image, scratch, options.liveroot), todo, results, scratch)
    note_memory(options, results, scratch)


def on_system(system, todo, results, scratch):
    try:
        system.up()
        for workload in todo:
            key = f"{image_name(system.image)}|{system.name}|{workload.name}"
            if not usable(workload, system):
                continue
            require_time()
            try:
                before = None if workload.cold or workload.before or workload.name == "mount" else requests(system)
                seconds = once(workload, system, scratch)
                after = requests(system)
            except (RuntimeError, subprocess.CalledProcessError) as e:
                say(f"bench: {key}: {e}")
                failed.append(key)
                system.down()
                system.up()
                continue
            results.add("samples", key, round(seconds, 5))
            if after:
                results.put("requests", key, {n: c - (before or {}).get(n, 0) for n, c in after.items()})
            say(f"{key}: {seconds:.3f} s")
            if workload.writes:
                system.down()
                system.up()
    finally:
        system.down()
    if os.path.exists(f"{scratch}/tree.tar"):
        os.remove(f"{scratch}/tree.tar")


def note_memory(options, results, scratch):
    """What a daemon has resident after a mount and one find."""
    for image in map(os.path.realpath, options.images):
        for cache in ("16m", "256m"):
            key = f"{image_name(image)}|{cache}"
            if key in results.data["memory"]:
                continue
            require_time()
            system = systems.System("liveroot-ro", image, scratch, options.liveroot, ["--cache", cache])
            try:
                system.up()
                shell('find "$M" -xdev -ls > /dev/null', system, scratch)
                results.put("memory", key, resident(status(system)["pid"]))
            finally:
                system.down()


def scaling(options, results, scratch, clients=(1, 2, 4, 8, 16), files=8000):
    """The same work shared by more and more clients."""
    note_machine(results)
    for image in map(os.path.realpath, options.images[:1]):
        for name in chosen(options, ["kernel", "liveroot"]):
            system = systems.System(name, image, scratch, options.liveroot)
            try:
                for n in clients:
                    share = f'find "$M/usr" -xdev -type f -print0 | xargs -0 -P {n} -n 32 cat > /dev/null'
                    create = (f'mkdir "$M/many" && seq {n} | xargs -P {n} -I NUMBER perl -e \'my $d = shift; mkdir $d or die $!; for (1 .. {files // n}) '
                              '{ open my $f, ">", "$d/$_" or die $!; print $f "x" x 512; close $f }\' "$M/many/NUMBER"')
                    works = [("read", share), ("read-again", share)] + ([("create", create)] if system.is_writable() else [])
                    for work, script in works:
                        key = f"{image_name(image)}|{name}|{work}|{n}"
                        if results.has("scaling", key, options.runs):
                            continue
                        while not results.has("scaling", key, options.runs):
                            require_time()
                            system.down()
                            system.cold()
                            if work == "read-again":
                                shell(share, system, scratch)
                            results.add("scaling", key, round(shell(script, system, scratch), 5))
                        say(f"{key}: {min(results.data['scaling'][key]):.3f} s")
            finally:
                system.down()
