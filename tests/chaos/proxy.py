"""A proxy between the workers and the server, which knows MongoDB's messages, and does to them what networks do."""

import asyncio
import collections
import random
import struct
import threading

HEADER = 16
OP_MSG = 2013
LARGEST = 48_000_000
WRITES = {"insert", "update", "delete", "findAndModify"}
READS = {"find", "aggregate"}

# What may become of a message and its reply, and how likely that is for a write while there is trouble (in 1000).
FATES = {
    "lost before": 6,  # the connection breaks, and nothing arrives
    "cut in two": 4,  # half of it arrives
    "lost reply": 18,  # it is done, and nobody is told
    "half a reply": 4,
    "late": 6,  # the connection breaks, and it arrives nevertheless, up to two seconds later
    "hole": 2,  # it is done, and neither an answer comes nor does the connection break
    "delayed": 15,
    "delayed reply": 15,
}
RESULT_PARTED = 30  # in 1000: the worker loses the store for a while when it brings a result


def command_of(message):
    """The name of the command, or "" for other kinds of messages."""
    if struct.unpack_from("<i", message, 12)[0] != OP_MSG or len(message) < HEADER + 10 or message[HEADER + 4] != 0:
        return ""
    name = HEADER + 4 + 1 + 4 + 1
    return message[name:message.index(b"\0", name)].decode("ascii", "replace")


async def read_message(reader):
    header = await reader.readexactly(HEADER)
    length = struct.unpack_from("<i", header)[0]
    if not HEADER <= length <= LARGEST:
        raise ConnectionError("no message of MongoDB's")
    return header + await reader.readexactly(length - HEADER)


class Door:
    """Where one worker reaches the server."""

    def __init__(self, proxy, name, seed):
        self.proxy = proxy
        self.name = name
        self.random = random.Random(seed)
        self.port = None
        self.connections = set()
        self.tasks = set()  # asyncio itself forgets them
        self.parted_until = 0.0
        self.was_late = False

    def is_parted(self):
        return self.proxy.now() < self.parted_until

    def part(self, seconds):
        """The worker cannot reach the server for a while."""
        self.proxy.counts["parted"] += 1
        self.parted_until = self.proxy.now() + seconds
        for writer in list(self.connections):
            writer.transport.abort()

    def fate_of(self, command, message):
        if not self.proxy.trouble or command not in WRITES | READS:
            return "passes"
        if command == "update" and b"COMPLETED\0" in message and self.random.randrange(1000) < RESULT_PARTED:
            return self.random.choice(["parted before", "parted after"])
        if self.was_late and command in WRITES:  # what is sent again meets the same
            self.was_late = False
            return self.random.choice(["late", "lost before"])
        number = self.random.randrange(1000 if command in WRITES else 4000)
        for fate, weight in FATES.items():
            if number < weight:
                return fate
            number -= weight
        return "passes"

    async def serve(self, reader, writer):
        if self.is_parted():
            writer.transport.abort()
            return
        task = asyncio.current_task()
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        self.connections.add(writer)
        upstream = None
        try:
            upstream = await asyncio.open_connection(self.proxy.server.host, self.proxy.server.port)
            while await self.pass_on(reader, writer, *upstream):
                pass
        except (OSError, asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.connections.discard(writer)
            writer.transport.abort()
            if upstream:
                upstream[1].transport.abort()

    async def pass_on(self, reader, writer, server_reader, server_writer):
        """One message and its reply. False: the connection has broken."""
        message = await read_message(reader)
        command = command_of(message)
        fate = self.fate_of(command, message)
        self.proxy.counts[fate] += 1
        if command in WRITES | READS:
            self.proxy.counts["commands: " + command] += 1
        pause = self.random.uniform(0.02, 0.4)
        if fate in ("lost before", "cut in two", "parted before", "late"):
            await self.break_before(fate, message, writer, server_reader, server_writer)
            return False
        if fate == "delayed":
            await asyncio.sleep(pause)
        server_writer.write(message)
        reply = await read_message(server_reader)
        if fate == "delayed reply":
            await asyncio.sleep(pause)
        if fate == "parted after":
            self.part(self.random.uniform(0.5, 4))
        if fate == "hole":
            await reader.read()  # until the worker gives up
        if fate in ("lost reply", "parted after", "hole"):
            if command in WRITES:
                self.proxy.counts["replies lost after a write"] += 1
            return False
        writer.write(reply[:len(reply) // 2] if fate == "half a reply" else reply)
        await writer.drain()
        if fate == "half a reply" and command in WRITES:
            self.proxy.counts["replies lost after a write"] += 1
        return fate != "half a reply"

    async def break_before(self, fate, message, writer, server_reader, server_writer):
        if fate == "parted before":
            self.part(self.random.uniform(0.5, 4))
        writer.transport.abort()
        if fate == "cut in two":
            server_writer.write(message[:len(message) // 2])
            await server_writer.drain()
        if fate == "late":
            self.was_late = self.random.random() < 0.5
            await asyncio.sleep(self.random.uniform(0.05, 2))
            server_writer.write(message)
            await read_message(server_reader)


class Proxy:
    """All doors, in a thread of their own."""

    def __init__(self, server):
        self.server = server
        self.trouble = False
        self.counts = collections.Counter()
        self.doors = {}
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def now(self):
        return self.loop.time()

    def open_door(self, name, seed):
        door = Door(self, name, seed)

        async def listen():
            server = await asyncio.start_server(door.serve, "127.0.0.1", 0, limit=1 << 20)
            door.port = server.sockets[0].getsockname()[1]

        asyncio.run_coroutine_threadsafe(listen(), self.loop).result()
        self.doors[name] = door
        return door

    def part_all(self, seconds):
        def part():
            for door in self.doors.values():
                door.part(seconds)

        self.loop.call_soon_threadsafe(part)
