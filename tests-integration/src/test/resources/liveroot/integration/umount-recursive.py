"""umount -R of a cover whose sockets have been used, while it is in use and then not. $1: liveroot, $2: a directory."""

import os
import socket
import subprocess
import sys
import threading

LIVEROOT, ROOT = sys.argv[1:]
RUN = ROOT + "/run"


def serve(name):
    server = socket.socket(socket.AF_UNIX)
    server.bind(RUN + "/" + name)
    server.listen(5)

    def run():
        while True:
            client, _ = server.accept()
            client.sendall(name.encode())
            client.close()

    threading.Thread(target=run, daemon=True).start()


def ask(name):
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(10)
    client.connect(RUN + "/" + name)
    answer = client.recv(100).decode()
    client.close()
    return answer


def umount(*words):
    return subprocess.run(["umount", *words], stderr=subprocess.DEVNULL, timeout=30).returncode


os.mkdir(RUN)
for name in ("one", "two", "three"):
    serve(name)
subprocess.run([LIVEROOT, "cover", RUN + "=1m"], check=True, timeout=60)
print(ask("one"), ask("two"))

keeper = open(RUN + "/kept", "w")
print("busy:", umount("-R", RUN), ask("one"), ask("three"), ask("two"))

# What systemd does at the end, from the deepest mount upwards.
print("one by one:", umount(RUN + "/.liveroot-below/1000000"), ask("two"))
for line in reversed(open("/proc/self/mounts").readlines()):
    where = line.split()[1]
    if where.startswith(RUN + "/"):
        umount(where)
print("again:", ask("three"), ask("one"))

keeper.close()
print("free:", umount("-R", RUN), os.path.ismount(RUN), sorted(os.listdir(RUN)), ask("one"))
