#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Asks a Chromium on its debugging port: browser.py PORT canvas FILE.png | type TEXT |
mouse X Y BUTTON (pixels of the canvas; none, left).

A small client of the DevTools protocol, so that no package is needed for it.
"""
import base64
import json
import os
import socket
import struct
import sys
import urllib.request


class Page:
    def __init__(self, port):
        with urllib.request.urlopen("http://127.0.0.1:%s/json/list" % port, timeout=10) as f:
            pages = [p for p in json.load(f) if p["type"] == "page"]
        path = pages[0]["webSocketDebuggerUrl"].split("/", 3)[3]
        self.s = socket.create_connection(("127.0.0.1", int(port)), timeout=30)
        self.s.sendall(("GET /%s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: %s\r\n\r\n" %
                        (path, port, base64.b64encode(os.urandom(16)).decode())).encode())
        self.data = b""
        while b"\r\n\r\n" not in self.data:
            self.data += self.s.recv(4096)
        self.data = self.data.split(b"\r\n\r\n", 1)[1]
        self.number = 0

    def take(self, n):
        while len(self.data) < n:
            more = self.s.recv(65536)
            if not more:
                raise SystemExit("the browser has gone")
            self.data += more
        part, self.data = self.data[:n], self.data[n:]
        return part

    def message(self):
        whole = b""
        while True:
            head = self.take(2)
            length = head[1] & 127
            if length == 126:
                length = struct.unpack(">H", self.take(2))[0]
            elif length == 127:
                length = struct.unpack(">Q", self.take(8))[0]
            whole += self.take(length)
            if head[0] & 0x80:
                return json.loads(whole)

    def call(self, method, **parameters):
        self.number += 1
        text = json.dumps({"id": self.number, "method": method, "params": parameters}).encode()
        self.s.sendall(struct.pack(">BBH", 0x81, 0xfe, len(text)) + bytes(4) + text)
        while True:
            answer = self.message()
            if answer.get("id") == self.number:
                return answer["result"]


def mouse(page, x, y, button):
    """To a pixel of the guest, with that button held then; where the canvas lies is asked."""
    where = page.call("Runtime.evaluate", returnByValue=True, expression=(
        "(() => { const c = document.querySelector('canvas'), r = c.getBoundingClientRect();"
        "return [r.left, r.top, r.width / c.width]; })()"))["result"]["value"]
    at = {"x": where[0] + x * where[2], "y": where[1] + y * where[2]}
    held = page.call("Runtime.evaluate", returnByValue=True,
                     expression="window.heldByTest || 'none'")["result"]["value"]
    if held == button:
        page.call("Input.dispatchMouseEvent", type="mouseMoved", button=button,
                  buttons=int(button == "left"), **at)
    else:
        page.call("Input.dispatchMouseEvent", button="left", clickCount=1,
                  type="mousePressed" if button == "left" else "mouseReleased",
                  buttons=int(button == "left"), **at)
        page.call("Runtime.evaluate", expression="window.heldByTest = '%s'" % button)


def main():
    page = Page(sys.argv[1])
    if sys.argv[2] == "mouse":
        mouse(page, int(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
        return
    if sys.argv[2] == "canvas":
        result = page.call("Runtime.evaluate", returnByValue=True,
                           expression="document.querySelector('canvas').toDataURL('image/png')")
        with open(sys.argv[3], "wb") as f:
            f.write(base64.b64decode(result["result"]["value"].split(",", 1)[1]))
    else:
        page.call("Runtime.evaluate", expression="document.querySelector('canvas').focus()")
        for c in sys.argv[3]:
            code = "Space" if c == " " else "Key" + c.upper()
            shift = 8 if c.isupper() else 0
            if shift:
                page.call("Input.dispatchKeyEvent", type="rawKeyDown", key="Shift",
                          code="ShiftLeft", windowsVirtualKeyCode=16, modifiers=8)
            for kind in ("keyDown", "keyUp"):
                page.call("Input.dispatchKeyEvent", type=kind, key=c, code=code, modifiers=shift,
                          windowsVirtualKeyCode=ord(c.upper()))
            if shift:
                page.call("Input.dispatchKeyEvent", type="keyUp", key="Shift", code="ShiftLeft",
                          windowsVirtualKeyCode=16)


main()
