"""Addresses at which RyzeAPI is unreachable or faulty."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    suppress,
)
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
import socket
import ssl
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from aiohttp import TCPConnector
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.simulator import CuttingProxy, Simulator

type Address = Callable[[Simulator], AbstractAsyncContextManager[str]]

# A reserved name; the tests answer for it in place of a name server.
NAME = "ryze.invalid"

type _Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]


@asynccontextmanager
async def refused(simulator: Simulator) -> AsyncGenerator[str]:
    """Yield an address at which no server listens."""
    with socket.socket() as taken:
        # The bound socket keeps other processes from using the port meanwhile.
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@asynccontextmanager
async def does_not_accept(simulator: Simulator) -> AsyncGenerator[str]:
    """Yield an address whose server never accepts a connection."""
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        yield f"http://127.0.0.1:{full.getsockname()[1]}"


@asynccontextmanager
async def name_unknown(simulator: Simulator) -> AsyncGenerator[str]:
    """Yield an address with a name that the name server does not know."""

    async def fail() -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with _name_server(fail):
        yield f"http://{NAME}:{simulator.port}"


@asynccontextmanager
async def name_hangs(simulator: Simulator) -> AsyncGenerator[str]:
    """Yield an address with a name for which the name server never answers."""
    with _name_server(asyncio.Event().wait):
        yield f"http://{NAME}:{simulator.port}"


def _name_server(answer: Callable[[], Awaitable[Any]]) -> AbstractContextManager[Any]:
    """Replace the name server for the reserved name."""
    resolve = TCPConnector._resolve_host

    async def ask(self: TCPConnector, host: str, *more: Any, **options: Any) -> Any:
        if host == NAME:
            await answer()
        return await resolve(self, host, *more, **options)

    return patch.object(TCPConnector, "_resolve_host", ask)


@asynccontextmanager
async def no_encryption(simulator: Simulator) -> AsyncGenerator[str]:
    """Yield an address whose server does not use TLS."""
    yield f"https://127.0.0.1:{simulator.port}"


@asynccontextmanager
async def wrong_certificate(simulator: Simulator) -> AsyncGenerator[str]:
    """Yield an address whose server has a certificate that no authority signed."""
    async with _server(_encrypt) as port:
        yield f"https://127.0.0.1:{port}"


@asynccontextmanager
async def tls_hangs(simulator: Simulator) -> AsyncGenerator[str]:
    """Yield an address whose server never continues the TLS handshake."""
    async with _server(_hang) as port:
        yield f"https://127.0.0.1:{port}"


@asynccontextmanager
async def tls_cut(simulator: Simulator) -> AsyncGenerator[str]:
    """Yield an address whose server closes the connection during the TLS handshake."""
    async with _server(_leave) as port:
        yield f"https://127.0.0.1:{port}"


@asynccontextmanager
async def leaves(simulator: Simulator) -> AsyncGenerator[str]:
    """Yield an address whose server closes each connection at once."""
    async with _server(_leave) as port:
        yield f"http://127.0.0.1:{port}"


@asynccontextmanager
async def silent(simulator: Simulator) -> AsyncGenerator[str]:
    """Yield an address whose server accepts connections and never answers."""
    async with _server(_hang) as port:
        yield f"http://127.0.0.1:{port}"


@asynccontextmanager
async def not_http(simulator: Simulator) -> AsyncGenerator[str]:
    """Yield an address with a mail server."""
    async with _server(_greet) as port:
        yield f"http://127.0.0.1:{port}"


def cut(*, request: int | None = None, response: int | None = None) -> Address:
    """Return an address with a proxy that cuts after a number of bytes."""

    @asynccontextmanager
    async def proxy(simulator: Simulator) -> AsyncGenerator[str]:
        async with CuttingProxy(simulator.port) as proxy:
            proxy.cut_request_after = request
            proxy.cut_response_after = response
            yield proxy.url

    return proxy


@asynccontextmanager
async def _server(serve: _Serve) -> AsyncGenerator[int]:
    """Run a server on a free port, and yield the port."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        server.close_clients()
        await server.wait_closed()


async def _hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Keep the connection open until the client closes it."""
    with suppress(ConnectionError):
        while await reader.read(2**16):
            pass
    writer.close()


async def _leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Close the connection at once."""
    writer.close()


async def _greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send the greeting of a mail server."""
    writer.write(b"220 mail.invalid ESMTP\r\n")
    await _hang(reader, writer)


async def _encrypt(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Offer a TLS handshake, which the client will refuse."""
    received, to_send = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = _tls_context().wrap_bio(received, to_send, server_side=True)
    with suppress(OSError):
        while data := await reader.read(2**16):
            received.write(data)
            with suppress(ssl.SSLWantReadError):
                tls.do_handshake()
            writer.write(to_send.read())
    writer.close()


@cache
def _tls_context() -> ssl.SSLContext:
    """Return the context of a server with a self-signed certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "somebody else")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:
        file = Path(folder, "server.pem")
        pem = serialization.Encoding.PEM
        file.write_bytes(
            key.private_bytes(
                pem,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(pem)
        )
        context.load_cert_chain(file)
    return context
