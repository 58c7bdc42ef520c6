"""peer.py silent|nonsense|close|tls: answers on a free port of 127.0.0.1 as what is no MongoDB server, or one behind
TLS, with cert.pem and key.pem of this folder; prints "ready PORT"."""
import socket
import ssl
import sys
import threading

kind = sys.argv[1]
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(16)
context = None
if kind == "tls":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("cert.pem", "key.pem")


def answer(connection):
    try:
        if context:
            connection = context.wrap_socket(connection, server_side=True)
        elif kind == "nonsense":
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        if kind in ("silent", "tls"):
            while connection.recv(4096):
                pass
    except OSError:
        pass
    connection.close()


print("ready", listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()
