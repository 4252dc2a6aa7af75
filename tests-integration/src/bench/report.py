"""Tables and plots. What stands in benchmarks.md outside of the two marks is not touched."""
import json
import os
import statistics

import sizes
import svg
import traces
from systems import NAMES, TITLES
from workloads import ALL, BY_NAME, goal

BEGIN = "<!-- made by tests-integration/bench report: begin -->"
END = "<!-- made by tests-integration/bench report: end -->"


# Ours stand out.
BAR_COLOURS = {"kernel": "#333333", "fuse-overlayfs": "#a9b4c2", "squashfuse": "#8694a6", "unionfs-fuse": "#c9d1db",
               "liveroot-ro": "#1b5e3a", "liveroot": "#2e9e63", "liveroot-uring": "#62bf8b", "liveroot-jnr": "#a3d9bb"}


def write(results, docs):
    sections = [machine(results), peers(results)]
    for image in results.images():
        sections.append(table(results, image))
    sections += [goals(results), scaling(results), requests(results), memory(results), size(results), cache(results)]
    plots = draw(results, docs)
    sections += [f"![{title}]({name})" for name, title in plots]
    text = "\n\n".join(section for section in sections if section)
    path = os.path.join(docs, "benchmarks.md")
    old = open(path, encoding="utf-8").read() if os.path.exists(path) else "# Benchmarks\n"
    before, _, rest = old.partition(BEGIN)
    after = rest.partition(END)[2]
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{before.rstrip()}\n\n{BEGIN}\n\n{text}\n\n{END}\n\n" + after.lstrip("\n"))
    with open(os.path.join(docs, "benchmarks.json"), "w", encoding="utf-8") as file:
        json.dump(results.data, file, indent=1, sort_keys=True)
        file.write("\n")


def rows(head, lines):
    def row(cells):
        return "| " + " | ".join(cells) + " |"
    return "\n".join([row(head), "|" + "---|" * len(head), *map(row, lines)])


def machine(results):
    m = results.data["machine"].get("now")
    if not m:
        return ""
    loads = results.data["machine"].get("load", [])
    versions = ", ".join(text if name in text else f"{name} {text}" for name, text in m["versions"].items())
    return (f"## What tests-integration/bench measured\n\nMachine: {m['cores']} cores, {m['memory']} of RAM, {m['machine']}, kernel {m['kernel']}, {m['date']}; "
            f"load average\nwhen a measurement began {min(loads)} to {max(loads)}. {versions}.\n\n"
            "    tests-integration/bench run IMAGE...\n    tests-integration/bench scale IMAGE\n    tests-integration/bench size --large\n"
            "    tests-integration/bench cache IMAGE\n    tests-integration/bench report")


def peers(results):
    """How to read the tables of workloads."""
    if not results.images():
        return ""
    return ("### Next to its peers\n\n"
            "Medians of the runs, each system in turn. The first column is seconds, the others times of that. \"Cold\" is after unmounting, dropping all\n"
            "caches and mounting again, so that a daemon is cold too; \"again\" is the same command a second time. The commands are in\n"
            "`tests-integration/src/bench/workloads.py`, how each system is mounted in `systems.py`. A number in brackets is a goal, bold what reaches it.\n\n"
            + "\n".join(f"- {name}: {title}" for name, title in TITLES.items() if any(name in results.systems(image) for image in results.images())))


def table(results, image):
    names = [name for name in NAMES if name in results.systems(image)]
    base = names[0]
    lines = []
    for workload in ALL:
        first = results.median(image, base, workload.name)
        cells = [workload.title, f"{first:.3f} s" if first else ""]
        for name in names[1:]:
            ratio = results.ratio(image, name, workload.name, base)
            aim = goal(workload.name, name, image)
            shown = "" if ratio is None else f"{ratio:.2f}"
            if shown and aim is not None:
                shown = f"**{shown}** ({round(aim, 2):g})" if ratio <= aim else f"{shown} ({round(aim, 2):g})"
            cells.append(shown)
        if any(cells[1:]):
            lines.append(cells)
    head = ["workload", base, *names[1:]]
    runs = max(len(v) for k, v in results.data["samples"].items() if k.startswith(image + "|"))
    return f"### {image}, {runs} runs\n\n{rows(head, lines)}"


def scaling(results):
    """Seconds of the same work shared by more and more clients."""
    measured = {}
    for key, values in results.data["scaling"].items():
        image, system, work, clients = key.split("|")
        measured.setdefault((image, work, system), {})[int(clients)] = statistics.median(values)
    if not measured:
        return ""
    counts = sorted({clients for by in measured.values() for clients in by})
    lines = [[image, work, system, *(f"{by[n]:.2f} s" if n in by else "" for n in counts)] for (image, work, system), by in sorted(measured.items())]
    return ("### The same work shared by many clients\n\nEach reads a part of /usr, cold or again, or creates its part of 8,000 files; medians.\n\n"
            + rows(["image", "work", "system", *map(str, counts)], lines))


def goals(results):
    """What was missed; the tables have the rest."""
    missed, every = [], 0
    for image in results.images():
        for name in ("liveroot-ro", "liveroot"):
            for workload in ALL:
                aim = goal(workload.name, name, image)
                ratio = results.ratio(image, name, workload.name, "kernel")
                if aim is not None and ratio is not None:
                    every += 1
                    if ratio > aim:
                        missed.append([image, name, workload.title, f"{round(aim, 2):g}", f"{ratio:.2f}"])
    if not every:
        return ""
    text = f"### Against the goals\n\n{every - len(missed)} of {every} goals are reached."
    return text + (" Not these:\n\n" + rows(["image", "system", "workload", "goal", "measured"], missed) if missed else "")


def requests(results):
    lines = []
    for key, counts in results.data["requests"].items():
        image, system, workload = key.split("|")
        shown = {n: c for n, c in counts.items() if c > 9}
        if system != "liveroot-jnr" and image == results.images()[0] and workload in BY_NAME:
            most = sorted(shown.items(), key=lambda pair: -pair[1])
            lines.append([BY_NAME[workload].title, system, f"{sum(counts.values()):,}", ", ".join(f"{n} {c:,}" for n, c in most) or "none of note"])
    if not lines:
        return ""
    return ("### Requests that reached the daemon\n\nFrom `liveroot status --json`; with the step before a workload where it has one.\n\n"
            + rows(["workload", "system", "requests", "which"], sorted(lines, key=lambda line: ([w.title for w in ALL].index(line[0]), line[1]))))


def memory(results):
    lines = []
    for key, figures in results.data["memory"].items():
        image, cache = key.split("|")
        lines.append([image, cache, *(f"{figures[word]:.0f} MiB" for word in ("Rss", "Pss"))])
    if not lines:
        return ""
    return "### Memory of a daemon after a mount and one find\n\nFrom `/proc/PID/smaps_rollup`.\n\n" + rows(["image", "--cache", "Rss", "Pss"], lines)


def size(results):
    """Tables of what it costs that there is more."""
    known = {kind: by_count(results, kind) for kind in ("entries", "directory", "bytes")}
    parts = []
    if known["entries"]:
        lines = []
        for count, work in known["entries"]:
            find = work.get("find", {})
            rss = results.data["resident"].get(f"entries|{count}|liveroot-ro", {}).get("Rss")
            lines.append([f"{count:,}", *(seconds(work["mount"], name) for name in ("kernel", "liveroot-ro")),
                          *(seconds(find, name) for name in ("kernel", "liveroot-ro")),
                          *(micros(find, name, count) for name in ("kernel", "liveroot-ro")), f"{rss:.0f} MiB" if rss else ""])
        parts.append(rows(["entries", "mount: kernel", "liveroot", "find -ls: kernel", "liveroot", "us an entry: kernel", "liveroot",
                           "liveroot resident"], lines))
        parts.append(growth(results, known))
    if known["directory"]:
        lines = [[f"{count:,}", *(micros(work["lookup"], name, sizes.LOOKUPS) for name in ("kernel", "liveroot-ro"))]
                 for count, work in known["directory"]]
        parts.append("Names of one tree of 100,000 files, in directories of one size, each looked up for the first time since the mount (20,000 of\n"
                     "them by lstat(2); the directories are known by then), microseconds each:\n\n"
                     + rows(["files in a directory", "kernel", "liveroot"], lines))
    if known["bytes"]:
        lines = [[f"{count:,} MB", *(seconds(work["mount"], name) for name in ("kernel", "liveroot-ro")),
                  *(f"{count / work['read'][name]:,.0f}" if name in work["read"] else "" for name in ("kernel", "liveroot-ro"))]
                 for count, work in known["bytes"]]
        parts.append(rows(["files of 1 MB, together", "mount: kernel", "liveroot", "read, MB/s: kernel", "liveroot"], lines))
    return "### Cost against size\n\nCold, read-only; medians.\n\n" + "\n\n".join(filter(None, parts)) if parts else ""


def by_count(results, kind):
    """Counts, and for each the medians by work and system."""
    found = {}
    for key, values in results.data["sizes"].items():
        what, count, system, work = key.split("|")
        if what == kind:
            found.setdefault(int(count), {}).setdefault(work, {})[system] = statistics.median(values)
    return sorted(found.items())


def seconds(medians, name):
    return f"{medians[name]:.3f} s" if name in medians else ""


def micros(medians, name, count):
    return f"{medians[name] / count * 1e6:.1f}" if name in medians else ""


def growth(results, known):
    """The goals of growth, in words."""
    def verdict(ratio, aim):
        return f"{ratio:.2f} times, goal {aim}: {'reached' if ratio <= aim else 'missed'}"
    (low, few), (high, many) = known["entries"][0], known["entries"][-1]
    lines = [f"- mount of {high:,} entries against {low:,}: {verdict(many['mount']['liveroot-ro'] / few['mount']['liveroot-ro'], 1.5)}"]
    if len(known["entries"]) > 2:
        before, some = known["entries"][-2]
        each = many["find"]["liveroot-ro"] / high / (some["find"]["liveroot-ro"] / before)
        lines.append(f"- find, time for each of {high:,} entries against {before:,}: {each:.2f} times")
    ends = [results.data["resident"].get(f"entries|{count}|liveroot-ro") for count in (low, high)]
    if all(ends):
        each = (ends[1]["Rss"] - ends[0]["Rss"]) * (1 << 20) / (high - low)
        lines.append(f"- resident bytes for each entry that a find has shown, beyond those of {low:,}: {each:.0f}, goal 120: "
                     f"{'reached' if each <= 120 else 'missed'}")
    if len(known["directory"]) > 1:
        (low, few), (high, many) = known["directory"][0], known["directory"][-1]
        lines.append(f"- a lookup in a directory of {high:,} against one of {low:,}: "
                     f"{verdict(many['lookup']['liveroot-ro'] / few['lookup']['liveroot-ro'], 3)}")
    return "\n".join(lines)


def cache(results):
    """What the block cache is asked for, and what policies make of it."""
    parts = []
    for image in dict.fromkeys(key.split("|")[0] for key in results.data["traces"]):
        facts, hits = [], []
        for session in traces.TITLES:
            for limit in traces.LIMITS:
                trace = results.data["traces"].get(f"{image}|{session}|{limit}")
                if not trace:
                    continue
                name = session + (f", in {limit} MiB" if limit else "")
                facts.append([name, f"{trace['gets']:,}", f"{trace['blocks']:,}", f"{trace['bytes'] / (1 << 20):.0f} MiB",
                              f"{trace['whole']:,}", f"{trace['again']:,}"])
                hits += hit_rates(name, trace, traces.BUDGETS)
        parts.append(f"{image}:\n\n"
                     + rows(["session", "gets", "blocks", "of memory", "went wholly to the kernel", "gets of one that had"], facts) + "\n\n"
                     + rows(["session", "budget", *POLICIES.values()], hits))
    if not parts:
        return ""
    sessions = "\n".join(f"- {session}: {title}" for session, title in traces.TITLES.items())
    return ("### The cache against other policies\n\n"
            "Every demand for a block while a root is used (chroot, on the kernel's overlayfs over liveroot), recorded and replayed: share of them that\n"
            "finds its block, and MiB that the others have to unpack. Budgets are of the whole cache; W-TinyLFU is Caffeine alone, which like LRU and FIFO\n"
            "gets the seven eighths that our cache keeps for blocks at rest. \"Dropping\" is our cache if it dropped what has gone wholly to the kernel's\n"
            "page cache. \"In 96 MiB\" is with that much RAM for the programs and their page cache (a memory cgroup), so that files are read again;\n"
            "budgets that hold all blocks are left out but the first. Blocks read ahead are not counted.\n\n"
            f"{sessions}\n\n" + "\n\n".join(parts))


POLICIES = {"liveroot": "liveroot", "W-TinyLFU": "W-TinyLFU", "LRU": "LRU", "FIFO": "FIFO", "liveroot-dropping": "liveroot, dropping", "LRU-dropping": "LRU, dropping"}


def hit_rates(name, trace, budgets):
    lines = []
    for budget in budgets:
        cells = []
        for policy in POLICIES:
            rate = 100 * trace["hits"][f"{policy}|{budget}"] / max(1, trace["gets"])
            cells.append(f"{rate:.1f} %, {trace['loaded'][f'{policy}|{budget}'] / (1 << 20):.0f}")
        lines.append([name, f"{budget} MiB", *cells])
        if all(trace["loaded"][f"{policy}|{budget}"] == trace["bytes"] for policy in POLICIES if "dropping" not in policy):
            break
    return lines


def draw(results, docs):
    plots = []

    def plot(name, title, text):
        with open(os.path.join(docs, name), "w", encoding="utf-8") as file:
            file.write(text)
        plots.append((name, title))
    for i, image in enumerate(results.images()):
        names = [name for name in NAMES if name in results.systems(image)][1:]
        groups = [(w.title, [results.ratio(image, n, w.name, "kernel") for n in names]) for w in ALL]
        groups = [group for group in groups if any(group[1])]
        if groups:
            name = "workloads.svg" if i == 0 else f"workloads-{image}.svg"
            title = f"Time by workload, {image}"
            plot(name, title, svg.bars(title, "times of the kernel's own time, logarithmic; less is better", groups, names,
                                              [BAR_COLOURS[name] for name in names]))
    for kind, across, name in (("scaling", "clients", "scaling.svg"), ("entries", "entries of the tree", "entries.svg"),
                               ("directory", "files in a directory", "directory.svg"), ("bytes", "MB of the image's files", "bytes.svg")):
        series = series_of(results, kind)
        if series:
            title = {"scaling": "The same work shared by 1 to 16 clients", "entries": "Cost against the size of the tree",
                     "directory": "20,000 lookups, by size of the directory", "bytes": "Cost against the size of the image"}[kind]
            plot(name, title, svg.lines(title, across, "seconds, logarithmic", series))
    return plots


def series_of(results, kind):
    """What a line is of, and by systems (the kernel's first) its medians: keys are image|system|work|clients, or entries|count|system|work."""
    found = {}
    for key, values in results.data["scaling" if kind == "scaling" else "sizes"].items():
        parts = key.split("|")
        if kind == "scaling":
            _, system, work, count = parts
        elif parts[0] == kind:
            _, count, system, work = parts
        else:
            continue
        found.setdefault(work, {}).setdefault(system, []).append((int(count), statistics.median(values)))
    return [(work, [(system, sorted(points)) for system, points in sorted(systems.items())]) for work, systems in sorted(found.items())]
