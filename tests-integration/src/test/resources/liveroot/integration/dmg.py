"""Writes a disk as an Apple disk image (UDIF), in runs of 512 KiB packed by zlib: dmg.py DISK IMAGE."""
import base64
import struct
import sys
import zlib

SECTOR = 512
RUN = 1024  # sectors
ZEROS, ZLIB, END = 0, 0x80000005, 0xFFFFFFFF

with open(sys.argv[1], "rb") as disk:
    content = disk.read()
content += bytes(-len(content) % SECTOR)
sectors = len(content) // SECTOR

data = b""
runs = []
for first in range(0, sectors, RUN):
    plain = content[first * SECTOR : (first + RUN) * SECTOR]
    packed = zlib.compress(plain) if any(plain) else b""
    runs.append((ZLIB if packed else ZEROS, 0, first, len(plain) // SECTOR, len(data), len(packed)))
    data += packed
runs.append((END, 0, sectors, 0, len(data), 0))


def checksum(value):
    return struct.pack(">III124x", 2, 32, value)


crc = zlib.crc32(content)
table = struct.pack(">4sIQQQII24x", b"mish", 1, 0, sectors, 0, RUN + 8, 0) + checksum(crc)
table += struct.pack(">I", len(runs)) + b"".join(struct.pack(">IIQQQQ", *run) for run in runs)
plist = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0"><dict><key>resource-fork</key><dict><key>blkx</key>'
    "<array><dict><key>Attributes</key><string>0x0050</string><key>Data</key><data>%s</data><key>ID</key><string>0"
    "</string><key>Name</key><string>whole disk (unknown partition : 0)</string></dict></array></dict></dict></plist>\n"
    % base64.b64encode(table).decode()
).encode()

koly = struct.pack(">4sIIIQQQQQII16s", b"koly", 4, 512, 1, 0, 0, len(data), 0, 0, 1, 1, b"sixteen bytes id")
koly += checksum(zlib.crc32(data)) + struct.pack(">QQ120x", len(data), len(plist))
koly += checksum(zlib.crc32(struct.pack(">I", crc))) + struct.pack(">IQ12x", 1, sectors)
with open(sys.argv[2], "wb") as image:
    image.write(data + plist + koly)
