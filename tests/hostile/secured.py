"""TLS below a hostile client, by OpenSSL: a socket that says what a TCP socket says."""

import os
import socket
import ssl


class Secured:
    """A connection after the TLS handshake. Its end is a FIN when the other side said that it ends (close_notify), else a RST."""

    def __init__(self, tcp, context, host):
        self.below = socket.socket(fileno=os.dup(tcp.fileno()))
        try:
            self.tls = context.wrap_socket(tcp, server_hostname=host, suppress_ragged_eofs=False)
        except (ssl.SSLEOFError, ConnectionError):
            self.tls = None  # hung up on without a word

    def send(self, data):
        if not self.tls:
            raise BrokenPipeError
        try:
            return self.tls.send(data)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise BlockingIOError
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            raise BrokenPipeError

    def recv(self, size):
        if not self.tls:
            return b""
        try:
            return self.tls.recv(size)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise BlockingIOError
        except ssl.SSLZeroReturnError:
            return b""
        except ssl.SSLError:
            raise ConnectionResetError

    def shutdown(self, how):
        """Cuts TCP without a word. To say so would throw away what still comes."""
        self.below.shutdown(how)

    def setsockopt(self, *option):
        self.below.setsockopt(*option)

    def setblocking(self, does):
        (self.tls or self.below).setblocking(does)

    def getsockname(self):
        return self.below.getsockname()

    def fileno(self):
        return self.below.fileno()

    def close(self):
        if self.tls:
            self.tls.close()
        self.below.close()
