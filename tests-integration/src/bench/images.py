"""Images that the benchmarks make by themselves: mksquashfs packs a tar archive that is written into its standard input."""
import io
import os
import random
import subprocess
import tarfile
import tempfile


def pack(image, members, compressor="lz4"):
    """@param members pairs of a name and content"""
    packer = subprocess.Popen(["mksquashfs", "-", image, "-tar", "-comp", compressor, "-noappend", "-no-progress", "-quiet"],
                              stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        with tarfile.open(fileobj=packer.stdin, mode="w|", format=tarfile.GNU_FORMAT) as archive:
            for name, content in members:
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                entry.mode = 0o755
                archive.addfile(entry, io.BytesIO(content))
        packer.stdin.close()
    except BrokenPipeError:
        # It does not wait for the zeros behind an archive's end; if it was something else, its status says so.
        pass
    if packer.wait() != 0:
        raise RuntimeError(f"mksquashfs could not make {image}")


def of_entries(image, count, in_each=1000):
    """Empty files, so many to a directory. Of a real tree, in RAM, as mksquashfs takes quadratic time for an archive's names."""
    tree = tempfile.mkdtemp(prefix="liveroot-bench.")
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"nr_inodes={2 * count + 10},mode=755", "bench", tree], check=True)
    try:
        for first in range(0, count, in_each):
            directory = os.path.join(tree, f"d{first // in_each:05}")
            os.mkdir(directory)
            handle = os.open(directory, os.O_RDONLY)
            for i in range(min(in_each, count - first)):
                os.close(os.open(f"f{i:06}", os.O_CREAT | os.O_WRONLY, 0o644, dir_fd=handle))
            os.close(handle)
        subprocess.run(["mksquashfs", tree, image, "-comp", "lz4", "-noappend", "-no-progress", "-quiet"], check=True, stdout=subprocess.DEVNULL)
    finally:
        subprocess.run(["umount", tree], check=True)
        os.rmdir(tree)


def of_megabytes(image, count):
    """Files of a megabyte, half of each random, half of it text that packs to little."""
    source = random.Random(1)
    half = 1 << 19
    text = (b"The quick brown fox jumps over the lazy dog. " * (half // 45 + 1))[:half]
    pack(image, ((f"d{i // 100:03}/f{i % 100:02}", source.randbytes(half) + text) for i in range(count)))


def libraries(program):
    """What a program loads, as its interpreter finds it."""
    lines = subprocess.run(["ldd", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.splitlines()
    return {word for line in lines for word in line.split() if word.startswith("/")}


def sample(directory):
    """A small root of this machine's own files, with a shell and what that needs, to chroot to."""
    def members():
        for top in ("/usr/include/linux", "/usr/share/perl", "/usr/share/common-licenses", "/usr/lib/python3/dist-packages"):
            left = 2 << 20
            for path, _, names in os.walk(top):
                for name in sorted(names):
                    file = os.path.join(path, name)
                    if left > 0 and os.path.isfile(file) and not os.path.islink(file) and os.path.getsize(file) < 1 << 20:
                        with open(file, "rb") as content:
                            data = content.read()
                        left -= len(data)
                        yield file[1:], data
        source = random.Random(2)
        yield "usr/bin/big", source.randbytes(3 << 20)
        for path in sorted({"/bin/sh", "/usr/bin/find", "/bin/cat"}.union(*map(libraries, ("/bin/sh", "/usr/bin/find", "/bin/cat")))):
            with open(path, "rb") as content:
                yield path[1:], content.read()
        yield "opt/empty", b""
        yield "usr/include/a.h", b"int a;\n"
        yield "usr/share/perl/a.pm", b"1;\n"
        yield "usr/lib/python3/a.py", b"pass\n"
    image = os.path.join(directory, "sample.sqfs")
    pack(image, members(), "zstd")
    return image
