"""The keeper of certificates: the one child that has them all, gets new ones, and gives fronts what handshakes need.

`python -m pogoproxy.keeper LIFELINE CONTROL`. It serves a Unix socket that the parent bound, so that fronts may ask
before it is ready. The parent itself never sees a key.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket

import msgspec

from .apps.pki import PkiApp
from .apps.tls import TlsApp
from .config.issuers import on_demand_gate
from .config.keeping import IssuerMaker
from .config.storage import storage_of
from .jobs import child
from .jobs.control import Control
from .logs.setup import install, router_of
from .orders import KeeperOrders
from .standard import REGISTRY
from .tls.automation import Automation
from .tls.certificates import Certificates
from .tls.keeping.desk import Desk
from .tls.keeping.inventory import without_covered
from .tls.keeping.keeper import Keeper
from .tls.keeping.loading import from_config
from .tls.keeping.policies import Policies
from .tls.keeping.revocation import CHECK_INTERVAL
from .tls.keeping.sources import sources
from .units import seconds

log = logging.getLogger(__name__)


_RENEW_INTERVAL = 600.0
"""Seconds between two looks at what is to be renewed, as in Caddy."""


async def keep(orders: KeeperOrders, control: Control) -> None:
    """Serve until SIGTERM; PogoError if what is configured cannot be loaded."""
    ending = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ending.set)
    app = orders.config.apps.tls or TlsApp()
    automation = app.automation or Automation()
    storage = storage_of(orders.config)
    makers = IssuerMaker(orders.config.apps.pki or PkiApp(), storage, app.dns)
    policies = Policies(automation.policies, REGISTRY, makers.make)
    interval = seconds(automation.renew_interval) or _RENEW_INTERVAL
    checks = seconds(automation.ocsp_interval) or CHECK_INTERVAL
    gate = on_demand_gate(automation)
    keeper = Keeper(storage, policies, gate, renew_interval=interval, check_interval=checks)
    certificates = app.certificates or Certificates()
    for source in sources(certificates):
        keeper.files.load(source)
    for certificate in from_config(certificates):
        keeper.inventory.add(certificate)
    loaded = keeper.inventory.covers
    implied = [name for name in orders.names if not loaded(name)]
    names = [*certificates.automate, *without_covered(implied, certificates.automate)]
    await makers.open([*map(policies.of, names), *(policy for policy in policies if policy.is_deferred)])
    await keeper.manage(names)
    desk = Desk(keeper, makers.tokens.text_of, makers.tokens.proof_of)
    await desk.serve(socket.socket(fileno=orders.listener))
    running = asyncio.create_task(keeper.run())
    control.ready()
    await asyncio.wait([running, asyncio.create_task(ending.wait())], return_when=asyncio.FIRST_COMPLETED)
    desk.close()
    running.cancel()
    await asyncio.wait([running])
    if not running.cancelled():
        running.result()


def carry_out(orders: bytes, control: Control) -> None:
    """Be the keeper."""
    told = msgspec.json.decode(orders, type=KeeperOrders)
    install(router_of(told.config.logging))
    asyncio.run(keep(told, control))


if __name__ == "__main__":
    child.be(carry_out, is_ours=True)
