"""The launchd case: servers and fifos that were there before a directory was covered. $1: liveroot, $2: a directory."""

import os
import socket
import stat
import struct
import subprocess
import sys
import threading

LIVEROOT, ROOT = sys.argv[1:]
RUN = ROOT + "/run"


def liveroot(*words):
    subprocess.run([LIVEROOT, *words], check=True, timeout=60)


def serve(path, word, form=socket.SOCK_STREAM):
    """A server that tells who it is and whom it takes the client for."""
    server = socket.socket(socket.AF_UNIX, form)
    server.bind(path)
    server.listen(5)

    def run():
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            _, uid, _ = struct.unpack("3i", client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
            client.sendall(("%s %d" % (word, uid)).encode())
            client.close()

    threading.Thread(target=run, daemon=True).start()
    return server


def ask(path, form=socket.SOCK_STREAM):
    client = socket.socket(socket.AF_UNIX, form)
    client.settimeout(10)
    client.connect(path)
    answer = client.recv(100).decode()
    client.close()
    return answer


def kind(path):
    return stat.filemode(os.lstat(path).st_mode)


os.makedirs(RUN + "/deep/er")
os.chmod(RUN, 0o1777)
serve(RUN + "/launchd", "old")
os.chmod(RUN + "/launchd", 0o666)
number = os.stat(RUN + "/launchd").st_ino
serve(RUN + "/deep/packets", "packets", socket.SOCK_SEQPACKET)
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind(RUN + "/deep/er/log")
os.mkfifo(RUN + "/fifo")
reader = os.open(RUN + "/fifo", os.O_RDWR | os.O_NONBLOCK)
held = open(RUN + "/held", "w+")
held.write("before ")
held.flush()
os.mknod(RUN + "/zero", 0o666 | stat.S_IFCHR, os.makedev(1, 5))

liveroot("cover", RUN + "=1m")

print("socket:", kind(RUN + "/launchd"), os.stat(RUN + "/launchd").st_ino == number)
print("stream:", ask(RUN + "/launchd"))
print("still:", kind(RUN + "/launchd"), os.path.islink(RUN + "/launchd"))
print("packets:", ask(RUN + "/deep/packets", socket.SOCK_SEQPACKET))
code = "import socket; s = socket.socket(socket.AF_UNIX); s.connect(%r); print('user:', s.recv(99).decode(), flush=True)"
subprocess.run(
    ["setpriv", "--reuid", "1000", "--clear-groups", sys.executable, "-c", code % (RUN + "/launchd")], timeout=20
)
sys.stdout.flush()
client = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
client.sendto(b"sent", RUN + "/deep/er/log")
print("datagram:", log.recv(100).decode())
client.connect(RUN + "/deep/er/log")
client.send(b"connected")
print("datagram:", log.recv(100).decode())
writer = os.open(RUN + "/fifo", os.O_WRONLY | os.O_NONBLOCK)
os.write(writer, b"through")
print("fifo:", os.read(reader, 100).decode())
os.close(writer)
subprocess.run("echo shell > '%s/fifo'" % RUN, shell=True, timeout=10)
print("fifo:", os.read(reader, 100).decode().strip())
with open(RUN + "/zero", "rb") as zero:
    print("device:", zero.read(3))
held.write("after")
held.flush()
held.seek(0)
print("held:", held.read())
held.close()

os.rename(RUN + "/launchd", RUN + "/deep/moved")
print("renamed:", ask(RUN + "/deep/moved"), os.path.lexists(RUN + "/launchd"))
os.rename(RUN + "/deep/moved", RUN + "/launchd")
os.link(RUN + "/launchd", RUN + "/deep/er/linked")
os.chmod(RUN + "/launchd", 0o640)
print("changed:", kind(RUN + "/launchd"), ask(RUN + "/launchd"))
os.unlink(RUN + "/launchd")
print("unlinked:", os.path.lexists(RUN + "/launchd"))
server = serve(RUN + "/launchd", "new")
print("bound again:", ask(RUN + "/launchd"))
print("old by its other name:", ask(RUN + "/deep/er/linked"))
os.unlink(RUN + "/deep/er/log")
again = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
again.bind(RUN + "/deep/er/log")
client = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
client.sendto(b"to the new one", RUN + "/deep/er/log")
print("datagram:", again.recv(100).decode())
print("listed:", sorted(os.listdir(RUN)))
os.unlink(RUN + "/deep/packets")
other = serve(RUN + "/deep/packets", "other", socket.SOCK_SEQPACKET)
print("packets, bound again:", ask(RUN + "/deep/packets", socket.SOCK_SEQPACKET))
other.shutdown(socket.SHUT_RDWR)
other.close()
server.shutdown(socket.SHUT_RDWR)
server.close()
again.close()

liveroot("umount", RUN)

print("umounted:", kind(RUN + "/launchd"), ask(RUN + "/launchd"), ask(RUN + "/deep/packets", socket.SOCK_SEQPACKET))
client = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
client.sendto(b"to the old one", RUN + "/deep/er/log")
print("datagram:", log.recv(100).decode())
