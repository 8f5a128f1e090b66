"""Says where a running desk is found and how to log in."""

from __future__ import annotations

import json

from deploy.local.home import HOME_VARIABLE, Home
from deploy.local.ports import PortPlan


def say_where(home: Home, plan: PortPlan, *, detached: bool) -> None:
    """Print addresses, log-in and how to stop it."""
    console = json.loads(home.credentials_file.read_text())["console"]
    lines = [
        ("The desk", f"{plan.url('ticket_service.web')}/"),
        ("Its REST API", f"{plan.url('ticket_service.web')}/api/docs"),
        ("A customer's phone", f"{plan.url('sandbox')}/"),
        ("A customer's mailbox", f"{plan.url('sandbox')}/mail"),
        ("A shop with the chat", f"{plan.url('sandbox')}/shop"),
        ("Webhooks", f"{plan.url('webhook_gateway.web')}/webhooks/whatsapp"),
        ("Log-in", f"{console['email']}  {console['password']}"),
        ("API token and secrets", str(home.credentials_file)),
        ("All addresses", str(home.endpoints_file)),
        ("Stop it", _down_command(home) if detached else "Ctrl-C"),
    ]
    width = max(len(name) for name, _ in lines)
    print()
    for name, value in lines:
        print(f"  {name:<{width}}  {value}")
    print(flush=True)


def _down_command(home: Home) -> str:
    chosen = home.root != Home.from_environment({}).root
    return f"{HOME_VARIABLE}={home.root} ./sportello down" if chosen else "./sportello down"
