"""`./sportello up`: brings a whole desk up, step by step, and says where it is."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

from deploy.local import dovecot, instance, leftovers, mongod, pango, probes, rabbitmq
from deploy.local.debian import NotInstallableError
from deploy.local.home import REPOSITORY, Home
from deploy.local.ports import PortError, plan_from_environment, require_free
from deploy.local.processes import PREPARATIONS, PROCESSES, Instance, inherited
from deploy.local.programs import Servers, programs
from deploy.local.summary import say_where
from deploy.local.supervisor import SERVICES, Runner, SupervisorError, write_config

READY_SECONDS = 120.0
DYING_SECONDS = 15.0
"""With broker and database up, what still dies after this long has a mistake that waiting cannot mend."""
PREPARE_SECONDS = 120.0
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class UpError(Exception):
    """The desk could not be brought up; the text says why and what to do."""


_REFUSALS = (
    UpError,
    PortError,
    NotInstallableError,
    SupervisorError,
    rabbitmq.BrokerError,
    mongod.DatabaseError,
    dovecot.MailServerError,
    OSError,
)


def main(arguments: list[str]) -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="./sportello up", description="Start the whole desk.")
    parser.add_argument("--detach", action="store_true", help="return when everything is ready")
    options = parser.parse_args(arguments)
    home = Home.from_environment()
    for number in _STOP_SIGNALS:
        signal.signal(number, signal.default_int_handler)
    try:
        with _only_one(home):
            running = instance.find_running(home)
            if running is not None:
                print("It runs already.")
                say_where(home, running.plan, detached=True)
                return 0
            running = _start(home)
        if not options.detach:
            return _watch(home, running)
        say_where(home, running.plan, detached=True)
        return 0
    except _REFUSALS as error:
        print(f"\nNot started: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped before it was ready.", file=sys.stderr)
        return 130


def _start(home: Home) -> instance.Running:
    plan = plan_from_environment()
    began = time.monotonic()
    secrets = home.prepare()
    left = instance.left_behind(home)
    if left:
        print(f"Ending {len(left)} processes that an earlier run left behind")
        leftovers.end_processes(left, 30)
    servers = Servers.chosen(home, plan, secrets, os.environ).installed()
    pango.install_or_say()
    servers.check_given()
    desk = Instance(home, plan, secrets, servers.amqp_url, servers.mongodb_uri, os.environ)
    table = programs(desk, servers)
    processes = [process.name for process in PROCESSES]
    require_free(plan, [*servers.own_ports(), *processes, "sandbox.smtp", "supervisor"])
    write_config(home, plan["supervisor"], secrets.supervisor_password, table)
    runner = Runner(home, plan["supervisor"], secrets.supervisor_password)
    running = instance.Running(plan, runner)
    try:
        instance.remember(home, plan)
        runner.launch(inherited(os.environ))
        _start_servers(servers, runner)
        _prepare(desk)
        _start_services(desk, runner)
        home.write_endpoints(plan, servers.amqp_url, servers.mongodb_uri)
        home.write_credentials(secrets, desk.channels())
    except BaseException:
        for number in _STOP_SIGNALS:  # a second Ctrl-C must not leave half of it running
            signal.signal(number, signal.SIG_IGN)
        print("Stopping what was started", file=sys.stderr)
        instance.stop(home, running)
        raise
    print(f"Everything is ready after {time.monotonic() - began:.0f} s.")
    return running


def _start_servers(servers: Servers, runner: Runner) -> None:
    for name in servers.own_programs():
        print(f"Starting {name}", flush=True)
        runner.start(name)
    try:
        servers.wait_own()
    except (rabbitmq.BrokerError, mongod.DatabaseError, dovecot.MailServerError) as error:
        raise UpError(f"{error}\nIts log is in {servers.log_folder}") from error


def _prepare(desk: Instance) -> None:
    for preparation in PREPARATIONS:
        print(f"Preparing the database of {preparation.service}", flush=True)
        try:
            done = subprocess.run(
                preparation.command,
                cwd=REPOSITORY,
                env=inherited(os.environ) | desk.environment(preparation),
                capture_output=True,
                text=True,
                timeout=PREPARE_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise UpError(f"{preparation.name} did not end within {PREPARE_SECONDS:.0f} s.") from error
        if done.returncode != 0:
            raise UpError(f"{preparation.name} failed:\n{done.stderr.strip() or done.stdout.strip()}")


def _start_services(desk: Instance, runner: Runner) -> None:
    print(f"Starting {len(PROCESSES)} processes", flush=True)
    runner.start(f"{SERVICES}:*")
    addresses = {process.name: desk.plan.url(process.name) for process in PROCESSES}
    began = time.monotonic()

    def give_up_on_what_keeps_dying() -> None:
        states = runner.states()  # raises when the runner itself is gone
        dying = [state.name for state in states if state.kind == "BACKOFF"]
        if dying and time.monotonic() - began > DYING_SECONDS:
            raise UpError("\n".join(_why_late(desk, name, "keeps dying") for name in dying))

    late = probes.wait_until_ready(
        addresses,
        READY_SECONDS,
        lambda name: print(f"  {name} is ready", flush=True),
        give_up_on_what_keeps_dying,
    )
    if late:
        raise UpError("\n".join(_why_late(desk, name, answer) for name, answer in late.items()))


def _why_late(desk: Instance, name: str, answer: str) -> str:
    log = desk.home.log(name)
    last = log.read_text(errors="replace").splitlines()[-8:] if log.exists() else []
    return "\n".join([f"{name} did not become ready ({answer}). The end of {log}:", *last])


def _watch(home: Home, running: instance.Running) -> int:
    """Stay in the foreground until Ctrl-C or `./sportello down`, telling which processes were restarted."""
    stop = threading.Event()
    for number in _STOP_SIGNALS:
        signal.signal(number, lambda *_: stop.set())
    say_where(home, running.plan, detached=False)
    pids = {state.name: state.pid for state in running.runner.states()}
    while not stop.wait(2):
        try:
            states = running.runner.states()
        except SupervisorError:
            break
        for state in states:
            if state.kind == "RUNNING" and state.pid != pids.get(state.name):
                pids[state.name] = state.pid
                print(f"{time.strftime('%H:%M:%S')} {state.name} died and was started again", flush=True)
    if not stop.is_set() and not (home.run / "instance.json").exists():
        print("Stopped by ./sportello down.")
        return 0
    print("\nStopping: finishing what is in flight, then broker and database", flush=True)
    instance.stop(home, running)
    print("Stopped." if stop.is_set() else "Stopped: the process runner had ended.")
    return 0 if stop.is_set() else 1


@contextlib.contextmanager
def _only_one(home: Home) -> Iterator[None]:
    home.prepare()
    with (home.run / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UpError("another `./sportello up` is starting this home at this moment.") from None
        yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
