"""Answers DNS questions for one name with 127.0.0.1; there are no other names."""
import socket
import struct
import sys

ADDRESS, NAME = sys.argv[1:]
TYPE_A = 1
NO_SUCH_NAME = 3


def question_of(message):
    """The name, the type, and the bytes of the question."""
    labels, at = [], 12
    while message[at]:
        length = message[at]
        labels.append(message[at + 1:at + 1 + length].decode())
        at += 1 + length
    (kind,) = struct.unpack("!H", message[at + 1:at + 3])
    return ".".join(labels), kind, message[12:at + 5]


def answer_to(message):
    """The whole answer."""
    name, kind, question = question_of(message)
    is_known = name.lower() == NAME
    answers = 1 if is_known and kind == TYPE_A else 0
    flags = 0x8580 | (0 if is_known else NO_SUCH_NAME)
    head = message[:2] + struct.pack("!HHHHH", flags, 1, answers, 0, 0)
    record = b"\xc0\x0c" + struct.pack("!HHIH", TYPE_A, 1, 60, 4) + bytes([127, 0, 0, 1])
    return head + question + record * answers


server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind((ADDRESS, 53))
print("ready", file=sys.stderr, flush=True)
while True:
    asked, peer = server.recvfrom(512)
    server.sendto(answer_to(asked), peer)
