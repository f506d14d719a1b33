"""Mirror of files on this machine, for downloads."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Server(ThreadingHTTPServer):
    """A mirror; ``ranges`` false: it knows no ranges; ``cut``: it breaks off after so many bytes of each answer."""

    def __init__(self, files):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.ranges, self.cut, self.asked = dict(files), True, None, []
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}/"

    def handle_error(self, *_):
        pass


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        server, begin = self.server, self.headers.get("Range")
        server.asked.append((self.path[1:], begin))
        data = server.files.get(self.path[1:])
        if data is None:
            return self.send_error(404)
        first = int(begin[6:-1]) if begin and server.ranges else 0
        if first and first >= len(data):
            return self.send_error(416)
        self.send_response(206 if first else 200)
        if first:
            self.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - first))
        self.end_headers()
        self.wfile.write(data[first:][:server.cut])
        return None
