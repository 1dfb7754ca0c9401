"""TLS below a hostile client, by OpenSSL: a socket that says what a TCP socket says."""

import os
import socket
import ssl


class Secured:
    """A connection after the TLS handshake. Its end is a FIN when the other side said that it ends (close_notify), else a RST."""

    def __init__(self, tcp, context, host):
        self.below = socket.socket(fileno=os.dup(tcp.fileno()))
        self.tls = context.wrap_socket(tcp, server_hostname=host, suppress_ragged_eofs=False)

    def send(self, data):
        try:
            return self.tls.send(data)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise BlockingIOError
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            raise BrokenPipeError

    def recv(self, size):
        try:
            return self.tls.recv(size)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise BlockingIOError
        except ssl.SSLZeroReturnError:
            return b""
        except ssl.SSLError:
            raise ConnectionResetError

    def shutdown(self, how):
        """Says that this side ends, and then ends it."""
        try:
            self.tls.unwrap()
        except OSError:
            pass  # the other side has not ended yet, or has long
        self.below.shutdown(how)

    def setsockopt(self, *option):
        self.below.setsockopt(*option)

    def setblocking(self, does):
        self.tls.setblocking(does)

    def getsockname(self):
        return self.below.getsockname()

    def fileno(self):
        return self.below.fileno()

    def close(self):
        self.tls.close()
        self.below.close()
