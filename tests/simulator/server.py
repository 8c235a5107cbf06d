"""The simulator: instances, tokens, and the HTTP server in front of the phones."""

import asyncio
import contextlib
import secrets
from typing import Self
import uuid

from aiohttp import web
from aiohttp.typedefs import Handler

from .answers import ApiError, error_response, token_of
from .faults import Fault, Faults, reset
from .frames import list_state, state_data
from .live import Live
from .model import Behaviour
from .network import PhoneNetwork
from .rate_limit import TOO_MANY, Bucket, RateLimit
from .records import Instance, Request
from .routes_calls import PLACED, CallRoutes
from .routes_control import PREFIX, ControlRoutes, is_loopback
from .routes_instances import InstanceRoutes
from .routes_profile import ProfileRoutes
from .routes_websocket import WebSocketRoutes
from .updates import CallUpdates

MAX_BODY = 64 * 2**20

# Seconds for which the rest of an upload is read after an early answer.
_LINGER = 0.2
_BUCKET = web.RequestKey("bucket", Bucket)


class Simulator(PhoneNetwork):
    """An imitation of RyzeAPI that calls virtual phones."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Prepare a simulator without instances; port 0 means any free port."""
        super().__init__()
        self.host = host
        self.port = port
        self.account_token = secrets.token_urlsafe(24)
        self.instances: dict[str, Instance] = {}
        self.rate_limit = RateLimit()
        self.requests: list[Request] = []
        self.reconnect_time = 0.2
        """Seconds from "connecting" to "connected" after a reconnect."""
        self.live = Live(self)
        self._updates = CallUpdates(self)
        self._reconnects: dict[str, asyncio.TimerHandle] = {}
        self._faults = Faults()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Return the base URL, which stays the same after the first start."""
        return f"http://{self.host}:{self.port}"

    @property
    def connections(self) -> int:
        """Return the number of open connections of clients."""
        server = self._runner.server if self._runner else None
        handlers = server.connections if server else ()
        # aiohttp keeps a connection in its list while it waits for the rest of an
        # upload, although the client has gone.
        return sum(handler.transport is not None for handler in handlers)

    def add_instance(
        self,
        name: str,
        *,
        token: str | None = None,
        id: str | None = None,
        state: str = "connected",
        number_jid: str | None = "5511900000000@s.whatsapp.net",
        profile_name: str = "Home",
    ) -> Instance:
        """Add an instance; an empty id is left out of answers."""
        instance = Instance(
            name=name,
            token=token or secrets.token_urlsafe(24),
            id=str(uuid.uuid4()) if id is None else id,
            state=state,
            number_jid=number_jid,
            profile_name=profile_name,
        )
        self.instances[name] = instance
        self.changed()
        return instance

    def remove_instance(self, name: str) -> None:
        """Remove an instance and thereby its token."""
        if (timer := self._reconnects.pop(name, None)) is not None:
            timer.cancel()
        del self.instances[name]
        self.changed()

    def set_state(self, name: str, state: str) -> None:
        """Change the state of an instance, in either spelling, and tell its clients."""
        if (timer := self._reconnects.pop(name, None)) is not None:
            timer.cancel()
        instance = self.instances[name]
        instance.state = list_state(state)
        self.live.emit(name, "instance.state", state_data(instance))
        self.changed()

    def reconnect(self, name: str) -> None:
        """Set an instance to connecting, and a moment later to connected."""
        self.set_state(name, "connecting")
        loop = asyncio.get_running_loop()
        self._reconnects[name] = loop.call_later(
            self.reconnect_time, self.set_state, name, "connected"
        )

    def inject(self, fault: Fault) -> None:
        """Queue a fault for one of the next requests."""
        self._faults.add(fault)

    def clear_faults(self) -> None:
        """Remove all queued faults."""
        self._faults.clear()

    @property
    def faults_happened(self) -> int:
        """Return the number of requests that met a fault."""
        return self._faults.happened

    async def start(self) -> None:
        """Start to listen."""
        self._faults.closing.clear()
        # Each start needs its own application, because aiohttp freezes an application
        # that has stopped.
        app = web.Application(middlewares=[self._middleware], client_max_size=MAX_BODY)
        app.on_response_prepare.append(self._add_rate_limit)
        control = ControlRoutes(self)
        for routes in (
            CallRoutes(self),
            InstanceRoutes(self),
            ProfileRoutes(self),
            WebSocketRoutes(self),
            control,
        ):
            routes.add_to(app)
        app.on_shutdown.append(lambda _: control.close())
        runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=0.5, lingering_time=_LINGER
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, self.host, self.port).start()
        except OSError:
            await runner.cleanup()
            raise
        self.port = runner.addresses[0][1]
        self._runner = runner

    async def stop(self) -> None:
        """Stop at once, end all calls, and break all connections."""
        if self._runner is None:
            return
        self._faults.closing.set()
        # First, because clients would otherwise receive the ends of the calls.
        self.live.stop()
        self._updates.stop()
        for name in tuple(self._reconnects):
            self.set_state(name, "connected")
        self.drop_calls()
        for site in tuple(self._runner.sites):
            await site.stop()
        server = self._runner.server
        for connection in server.connections if server else ():
            if connection.transport is not None:
                reset(connection.transport)
        # Connections that wait for the rest of an upload cannot be broken; they end
        # after the linger time.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2 * _LINGER):
                while server and server.connections:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        await self._runner.cleanup()
        self._runner = None

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()

    @web.middleware
    async def _middleware(
        self, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        path, _, _ = request.raw_path.partition("?")
        if path == "/" or path.startswith(PREFIX):
            if not is_loopback(request):
                return error_response(403, "for this machine only")
            return await _errors_answered(request, handler)
        record = Request(
            method=request.method,
            path=path,
            route=request.match_info.route.name,
            has_token=bool(token_of(request)),
        )
        self.requests.append(record)
        try:
            response = await self._serve(request, handler, record.route)
        finally:
            if (call := request.get(PLACED)) is not None:
                self._updates.release(call)
        if response is None:
            # aiohttp demands a response, although the connection is gone.
            return web.Response()
        record.status = response.status
        return response

    async def _add_rate_limit(
        self, request: web.Request, response: web.StreamResponse
    ) -> None:
        if (bucket := request.get(_BUCKET)) is not None:
            self.rate_limit.add_to(response.headers, bucket)

    async def _serve(
        self, request: web.Request, handler: Handler, route: str | None
    ) -> web.StreamResponse | None:
        """Count a request against the rate limit, and answer it or apply a fault."""
        if route == "elsewhere":
            return await _errors_answered(request, handler)
        if route != "health":
            request[_BUCKET], allowed = self.rate_limit.take(token_of(request))
            if not allowed:
                return error_response(429, TOO_MANY)
        if (fault := self._faults.take(route)) is None:
            return await _errors_answered(request, handler)
        return await self._faults.apply(
            fault, request, lambda: _errors_answered(request, handler)
        )


async def _errors_answered(
    request: web.Request, handler: Handler
) -> web.StreamResponse:
    try:
        return await handler(request)
    except ApiError as err:
        return error_response(err.status, err.message)
    except web.HTTPException as err:
        return error_response(err.status, err.reason)


def demo_simulator(host: str = "127.0.0.1", port: int = 8124) -> Simulator:
    """Return a simulator with an instance and phones for the demo."""
    simulator = Simulator(host, port)
    simulator.account_token = "demo-account-token"
    simulator.default_behaviour = Behaviour.MANUAL
    simulator.add_instance("home", token="demo-instance-token", id="demo-home")
    simulator.add_phone("5511999990001", "Maria")
    simulator.add_phone("5511999990002", "João")
    simulator.add_phone("5511999990003", "Ana")
    return simulator
