"""What was measured, kept in a JSON file after every sample, so that a run can be stopped and gone on with."""
import json
import os
import statistics


def image_name(path):
    return os.path.basename(path).removesuffix(".sqfs")


class Results:

    def __init__(self, path, fresh=False):
        self.path = path
        self.data = {kind: {} for kind in ("machine", "samples", "requests", "memory", "scaling", "sizes", "resident", "traces")}
        if os.path.exists(path) and not fresh:
            with open(path, encoding="utf-8") as file:
                self.data.update(json.load(file))

    def save(self):
        os.makedirs(os.path.dirname(self.path) or ".", exist_ok=True)
        with open(self.path + ".new", "w", encoding="utf-8") as file:
            json.dump(self.data, file, indent=1, sort_keys=True)
            file.write("\n")
        os.replace(self.path + ".new", self.path)

    def add(self, kind, key, value):
        """Appends to the list of a key such as image|system|workload."""
        self.data[kind].setdefault(key, []).append(value)
        self.save()

    def put(self, kind, key, value):
        self.data[kind][key] = value
        self.save()

    def has(self, kind, key, count=1):
        return len(self.data[kind].get(key, [])) >= count

    def median(self, image, system, workload):
        values = self.data["samples"].get(f"{image}|{system}|{workload}")
        return statistics.median(values) if values else None

    def ratio(self, image, system, workload, base):
        ours, theirs = self.median(image, system, workload), self.median(image, base, workload)
        return ours / theirs if ours and theirs else None

    def _part(self, number, **known):
        wanted = list(known.values())
        seen = dict.fromkeys(key.split("|")[number] for key in self.data["samples"] if key.split("|")[:number] == wanted)
        return list(seen)

    def images(self):
        return self._part(0)

    def systems(self, image):
        return self._part(1, image=image)

    def workloads(self, image, system):
        return self._part(2, image=image, system=system)
