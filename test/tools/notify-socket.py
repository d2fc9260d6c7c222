"""Stands in for systemd: prints the datagrams that arrive at the Unix socket named on the command line."""
import os
import socket
import sys

server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind(sys.argv[1])
print("listening", flush=True)
while True:
    data, ancillary, _, _ = server.recvmsg(4096, 1024)
    for _, _, content in ancillary:
        # BARRIER=1 waits until its descriptor is closed.
        os.close(int.from_bytes(content[:4], sys.byteorder))
    print(data.decode().replace("\n", " "), flush=True)
