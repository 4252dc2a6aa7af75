"""Cost of mount, find, lookup and read against how much there is."""
import os
import time

import images
import systems
from measure import chosen, note_machine, require_time, resident, say, shell, status

FIND = 'find "$M" -xdev -ls > /dev/null'
READ = 'find "$M" -xdev -type f -print0 | xargs -0 cat > /dev/null'

# Names all over a tree of ENTRIES in directories of SIZE, none twice; the directories themselves are known already.
LOOKUPS = 20_000
DIRECTORIES = 'find "$M" -xdev -maxdepth 1 -ls > /dev/null'
LOOKUP = ('perl -e \'my ($root, $size, $entries, $times) = @ARGV; for (0 .. $times - 1) { my $i = $_ * 7919 % $entries; '
          'lstat sprintf("%s/d%05d/f%06d", $root, $i / $size, $i % $size) or die "$i: $!" }\' "$M" SIZE ENTRIES ' + str(LOOKUPS))


def measure(options, results, scratch, entries=None, directories=None, megabytes=None):
    note_machine(results)
    sizing = Sizing(options, results, scratch)
    for count in entries or (1000, 10_000, 100_000) + ((1_000_000,) if options.large else ()):
        sizing.of(f"entries|{count}", lambda image, n=count: images.of_entries(image, n), {"mount": (), "find": (FIND,)})
    for size in directories or (100, 1000, 10_000, 100_000):
        most = max(directories or (100_000,))
        lookup = LOOKUP.replace("SIZE", str(size)).replace("ENTRIES", str(most))
        sizing.of(f"directory|{size}", lambda image, n=size: images.of_entries(image, most, n), {"lookup": (DIRECTORIES, lookup)})
    for count in megabytes or (100, 1000) + ((4000,) if options.large else ()):
        sizing.of(f"bytes|{count}", lambda image, n=count: images.of_megabytes(image, n), {"mount": (), "read": (READ,)})
    sizing.run()


class Sizing:

    def __init__(self, options, results, scratch):
        self.options = options
        self.results = results
        self.scratch = scratch
        self.names = chosen(options, ["kernel", "liveroot-ro"])
        self.todo = []

    def of(self, what, make, work):
        """@param work by name the scripts of which the last is timed; none for a mount"""
        if all(self.results.has("sizes", f"{what}|{name}|{w}", self.options.runs) for name in self.names for w in work):
            return
        image = os.path.join(os.path.dirname(self.options.results), what.replace("|", "-") + ".sqfs")
        if not os.path.exists(image):
            os.makedirs(os.path.dirname(image), exist_ok=True)
            make(image + ".new")
            os.rename(image + ".new", image)
            say(f"made {image}")
        self.todo.append((what, image, work))

    def run(self):
        """When all images are made; they are kept until they have been measured, for a run that goes on."""
        for what, image, work in self.todo:
            self._measure(what, image, work)

    def _measure(self, what, image, work):
        for run in range(1, self.options.runs + 1):
            for name in self.names:
                if not all(self.results.has("sizes", f"{what}|{name}|{w}", run) for w in work):
                    require_time()
                    self._once(what, systems.System(name, image, self.scratch, self.options.liveroot), work)
        os.remove(image)
        for name in self.names:
            least = {w: min(self.results.data["sizes"][f"{what}|{name}|{w}"]) for w in work}
            say(f"{what}|{name}: " + ", ".join(f"{w} {seconds:.3f} s" for w, seconds in least.items()))

    def _once(self, what, system, work):
        key = f"{what}|{system.name}"
        try:
            system.cold()
            system.down()
            start = time.perf_counter()
            system.up()
            shell('stat "$M" > /dev/null', system, self.scratch)
            seconds = {"mount": time.perf_counter() - start}
            for w, scripts in work.items():
                for script in scripts:
                    seconds[w] = shell(script, system, self.scratch)
            if system.is_ours():
                self.results.put("resident", key, resident(status(system)["pid"]))
        finally:
            system.down()
        for w in work:
            self.results.add("sizes", f"{key}|{w}", round(seconds[w], 5))
