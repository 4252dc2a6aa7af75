"""Tables and plots. What stands in benchmarks.md outside of the two marks is not touched."""
import json
import os
import statistics

import svg
from systems import NAMES, TITLES
from workloads import ALL, BY_NAME, WRITE_GOALS, goal

BEGIN = "<!-- made by tests-integration/bench report: begin -->"
END = "<!-- made by tests-integration/bench report: end -->"


def write(results, docs):
    sections = [machine(results)]
    for image in results.images():
        sections.append(table(results, image))
    sections += [goals(results), requests(results), memory(results)]
    plots = draw(results, docs)
    sections += [f"![{title}]({name})" for name, title in plots]
    text = "\n\n".join(section for section in sections if section)
    path = os.path.join(docs, "benchmarks.md")
    old = open(path, encoding="utf-8").read() if os.path.exists(path) else "# Benchmarks\n"
    before, _, rest = old.partition(BEGIN)
    after = rest.partition(END)[2]
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{before.rstrip()}\n\n{BEGIN}\n\n{text}\n\n{END}\n{after}")
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
    versions = ", ".join(f"{name} ({text})" for name, text in m["versions"].items())
    return (f"## Next to its peers\n\nMachine: {m['cores']} cores, {m['memory']} of RAM, {m['machine']}, kernel {m['kernel']}, {m['date']}; load average "
            f"when a measurement began {min(loads)} to {max(loads)}. {versions}.\n\n"
            "    tests-integration/bench run IMAGE...\n    tests-integration/bench scale IMAGE\n    tests-integration/bench size\n"
            "    tests-integration/bench report\n\n"
            "Medians of the runs, each system in turn. The first column is seconds, the others times of that. \"Cold\" is after unmounting, dropping all\n"
            "caches and mounting again, so that a daemon is cold too; \"again\" is the same command a second time. The commands are in\n"
            "`tests-integration/src/bench/workloads.py`, how each system is mounted in `systems.py`.")


def table(results, image):
    names = [name for name in NAMES if name in results.systems(image)]
    base = names[0]
    lines = []
    for workload in ALL:
        first = results.median(image, base, workload.name)
        cells = [workload.title, f"{first:.3f} s" if first else ""]
        for name in names[1:]:
            ratio = results.ratio(image, name, workload.name, base)
            cells.append("" if ratio is None else f"{ratio:.2f}")
        if any(cells[1:]):
            lines.append(cells)
    head = ["workload", base, *names[1:]]
    runs = max(len(v) for k, v in results.data["samples"].items() if k.startswith(image + "|"))
    legend = "\n".join(f"- {name}: {TITLES[name]}" for name in names)
    return f"### {image}, {runs} runs\n\n{rows(head, lines)}\n\n{legend}"


def goals(results):
    lines = []
    for image in results.images():
        for name in ("liveroot-ro", "liveroot"):
            for workload in ALL:
                aim = goal(workload.name, name, image)
                ratio = results.ratio(image, name, workload.name, "kernel")
                if aim is not None and ratio is not None and not (name == "liveroot" and workload.name not in WRITE_GOALS and name not in results.systems(image)):
                    lines.append([image, name, workload.title, f"{round(aim, 2):g}", f"{ratio:.2f}", "yes" if ratio <= aim else "no"])
    if not lines:
        return ""
    return "### Against the goals\n\n" + rows(["image", "system", "workload", "goal", "measured", "reached"], lines)


def requests(results):
    lines = []
    for key, counts in results.data["requests"].items():
        image, system, workload = key.split("|")
        shown = {n: c for n, c in counts.items() if c > 9}
        if system != "liveroot-jnr" and image == results.images()[0] and workload in BY_NAME:
            most = sorted(shown.items(), key=lambda pair: -pair[1])
            lines.append([system, BY_NAME[workload].title, f"{sum(counts.values()):,}", ", ".join(f"{n} {c:,}" for n, c in most) or "none of note"])
    if not lines:
        return ""
    return ("### Requests that reached the daemon\n\nFrom `liveroot status --json`; with the step before a workload where it has one.\n\n"
            + rows(["system", "workload", "requests", "which"], sorted(lines)))


def memory(results):
    lines = []
    for key, figures in results.data["memory"].items():
        image, cache = key.split("|")
        lines.append([image, cache, *(f"{figures[word]:.0f} MiB" for word in ("Rss", "Pss"))])
    if not lines:
        return ""
    return "### Memory of a daemon after a mount and one find\n\nFrom `/proc/PID/smaps_rollup`.\n\n" + rows(["image", "--cache", "Rss", "Pss"], lines)


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
            plot(name, title, svg.bars(title, "times of the kernel's own time, logarithmic; less is better", groups, names))
    for kind, across, name in (("scaling", "clients", "scaling.svg"), ("entries", "entries of the tree", "entries.svg"), ("bytes", "MB of the image's files", "bytes.svg")):
        series = series_of(results, kind)
        if series:
            title = {"scaling": "The same work shared by 1 to 16 clients", "entries": "Cost against the size of the tree", "bytes": "Cost against the size of the image"}[kind]
            plot(name, title, svg.lines(title, across, "seconds, logarithmic", series))
    return plots


def series_of(results, kind):
    """Lines of medians: keys are image|system|work|clients, or entries|count|system|work."""
    found = {}
    for key, values in results.data["scaling" if kind == "scaling" else "sizes"].items():
        parts = key.split("|")
        if kind == "scaling":
            _, system, work, count = parts
        elif parts[0] == kind:
            _, count, system, work = parts
        else:
            continue
        found.setdefault(f"{work}, {system}", []).append((int(count), statistics.median(values)))
    return [(name, sorted(points)) for name, points in sorted(found.items())]
