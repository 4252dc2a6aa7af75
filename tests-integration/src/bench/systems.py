"""How each system mounts a root that can be written to, and takes it down again.

No path below a mount is touched by this process, only by children with a time limit: a broken mount hangs who touches it.
"""
import os
import shutil
import subprocess

PEERS = {"fuse-overlayfs": ["fuse-overlayfs"], "squashfuse": ["squashfuse_ll", "fuse-overlayfs"], "unionfs-fuse": ["unionfs"]}
NAMES = ["kernel", "fuse-overlayfs", "squashfuse", "unionfs-fuse", "liveroot-ro", "liveroot", "liveroot-uring",
         "liveroot-jnr"]
RINGS = "/sys/module/fuse/parameters/enable_uring"

TITLES = {
    "kernel": "squashfs, overlayfs and tmpfs of the kernel",
    "fuse-overlayfs": "fuse-overlayfs over the kernel's squashfs",
    "squashfuse": "fuse-overlayfs over squashfuse_ll",
    "unionfs-fuse": "unionfs-fuse over the kernel's squashfs",
    "liveroot-ro": "liveroot, read-only",
    "liveroot": "liveroot, union over /",
    "liveroot-uring": "liveroot, union over /, --front uring",
    "liveroot-jnr": "liveroot, union over /, --front jnr-fuse",
}

LIMIT = 60


def call(*command, limit=LIMIT, check=True):
    return subprocess.run(["timeout", "-k", "5", str(limit), *map(str, command)], check=check,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def mounts_below(directory):
    """Mount points at or below a directory, the last one first."""
    with open("/proc/self/mounts", encoding="utf-8") as mounts:
        points = [line.split()[1] for line in mounts]
    return [point for point in reversed(points) if (point + "/").startswith(directory + "/")]


def mounted(directory):
    return directory in mounts_below(directory)


def obstacle(name):
    """Why a system cannot be measured here, or None."""
    for program in PEERS.get(name, []):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    if name == "liveroot-uring":
        try:
            with open(RINGS, encoding="ascii") as switch:
                return None if switch.read().startswith("Y") else f"{RINGS} does not say Y"
        except OSError as error:
            return str(error)
    return None


class System:
    """One system, mounting one image below a directory."""

    def __init__(self, name, image, directory, liveroot, options=()):
        self.name = name
        self.image = image
        self.liveroot = liveroot
        self.options = list(options)
        self.root = os.path.join(directory, "root")
        self.lower = os.path.join(directory, "lower")
        self.ram = os.path.join(directory, "ram")
        for path in (self.root, self.lower, self.ram):
            os.makedirs(path, exist_ok=True)

    def is_ours(self):
        return self.name.startswith("liveroot")

    def is_writable(self):
        return self.name != "liveroot-ro"

    def up(self):
        if self.is_ours():
            front = {"liveroot-uring": "uring", "liveroot-jnr": "jnr-fuse"}.get(self.name, "kernel")
            union = ["--union", "/=4g"] if self.is_writable() else []
            call(self.liveroot, "mount", self.image, self.root, *union, "--front", front, *self.options)
            return
        if self.name == "squashfuse":
            call("squashfuse_ll", "-o", "allow_other", self.image, self.lower)
        else:
            call("mount", "-t", "squashfs", "-o", "ro,loop", self.image, self.lower)
        call("mount", "-t", "tmpfs", "-o", "size=4g", "bench", self.ram)
        os.makedirs(os.path.join(self.ram, "upper"))
        os.makedirs(os.path.join(self.ram, "work"))
        layers = f"lowerdir={self.lower},upperdir={self.ram}/upper,workdir={self.ram}/work"
        if self.name == "kernel":
            call("mount", "-t", "overlay", "overlay", "-o", layers, self.root)
        elif self.name == "unionfs-fuse":
            call("unionfs", "-o", "cow,allow_other,suid,dev,use_ino", f"{self.ram}/upper=RW:{self.lower}=RO", self.root)
        else:
            call("fuse-overlayfs", "-o", layers + ",allow_other", self.root)

    def down(self):
        if self.is_ours() and mounted(self.root):
            call(self.liveroot, "umount", self.root, check=False)
        for path in (self.root, self.ram, self.lower):
            for lazily in ([], [], ["-l"]):
                if mounted(path):
                    call("umount", *lazily, path, check=False)

    def cold(self):
        """Mounted anew, with nothing of it in any cache."""
        self.down()
        os.sync()
        with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as caches:
            caches.write("3")
        self.up()
