"""Processes that each connect to a socket of their own, or read a fifo, below a fresh cover at once. $1: liveroot, $2: a directory."""

import collections
import multiprocessing
import os
import socket
import subprocess
import sys
import threading

LIVEROOT, ROOT = sys.argv[1:]
RUN = ROOT + "/run"
CLIENTS = 24


def name(i):
    return RUN + ("/deep/er" if i % 2 else "") + "/" + str(i)


def serve(i):
    if i % 4 == 3:
        os.mkfifo(name(i))
        end = os.open(name(i), os.O_RDWR)
        os.write(end, b"x" * 100)
        return
    server = socket.socket(socket.AF_UNIX)
    server.bind(name(i))
    server.listen(5)

    def run():
        while True:
            server.accept()[0].close()

    threading.Thread(target=run, daemon=True).start()


def use(i, start, answers):
    start.wait()
    try:
        if i % 4 == 3:
            end = os.open(name(i), os.O_RDONLY)
            answer = "ok" if os.read(end, 1) == b"x" else "nothing"
        else:
            client = socket.socket(socket.AF_UNIX)
            client.connect(name(i))
            answer = "ok"
    except OSError as e:
        answer = e.strerror
    answers.put(answer)


os.makedirs(RUN + "/deep/er")
for i in range(CLIENTS):
    serve(i)
for _ in range(5):
    subprocess.run([LIVEROOT, "cover", RUN + "=1m"], check=True, timeout=60)
    start = multiprocessing.Barrier(CLIENTS)
    answers = multiprocessing.Queue()
    clients = [multiprocessing.Process(target=use, args=(i, start, answers)) for i in range(CLIENTS)]
    for client in clients:
        client.start()
    print(dict(collections.Counter(answers.get(timeout=60) for _ in clients)))
    for client in clients:
        client.join()
    subprocess.run([LIVEROOT, "umount", RUN], check=True, timeout=60)
