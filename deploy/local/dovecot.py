"""Sportello's own Dovecot: mailboxes on loopback for the sandbox and for tests, without a system service."""

from __future__ import annotations

import getpass
import grp
import hashlib
import os
import pwd
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from deploy.local import debian
from deploy.local.ports import HOST

_PROGRAMS: Final = ("/usr/sbin/dovecot", "/usr/local/sbin/dovecot")
_INSTEAD: Final = "Or point the channel's imap: block at an IMAP server that you run yourself."
_LOGIN_USER: Final = "dovenull"
_MAIL_USER: Final = "dovecot"
_LONGEST_SOCKET_FOLDER: Final = 70
"""The name of a socket has at most 107 bytes; Dovecot's own part of it is up to 30."""


class MailServerError(Exception):
    """The IMAP server did not do what was asked; the text says what to look at."""


def ensure_installed() -> None:
    """Install Debian's Dovecot when there is none. debian.NotInstallableError when that is impossible."""
    if server_program() is None:
        debian.install(["dovecot-imapd"], purpose="Dovecot (IMAP)", instead=_INSTEAD)
    if server_program() is None:
        raise debian.NotInstallableError(f"Dovecot's server program was not found. {_INSTEAD}")


def server_program() -> Path | None:
    """The server, or None."""
    for name in _PROGRAMS:
        if Path(name).is_file():
            return Path(name)
    found = shutil.which("dovecot")
    return Path(found) if found else None


@dataclass(frozen=True)
class DovecotNode:
    """One server with everything of its own below `home`; loopback only.

    `users`: passwords by address. `tls`: certificate and key file, for `tls_port` and STARTTLS.
    `introspection_url`: who is asked about OAuth tokens; users then may log in with one as well (XOAUTH2,
    OAUTHBEARER), when the answer's `email` is theirs.
    """

    home: Path
    port: int
    users: Mapping[str, str] = field(repr=False)
    tls: tuple[Path, Path] | None = None
    tls_port: int = 0
    introspection_url: str = ""

    @property
    def run(self) -> Path:
        """Where its sockets lie."""
        below = self.home / "run"
        if len(os.fsencode(below)) <= _LONGEST_SOCKET_FOLDER:
            return below
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"sportello-dovecot-{digest}"

    def maildir(self, user: str, folder: str = "INBOX") -> Path:
        """Where a user's mails lie as files."""
        inbox = self.home / "mail" / user / "Maildir"
        return inbox if folder == "INBOX" else inbox / f".{folder}"

    def write_files(self) -> None:
        """Write configuration and passwords; mails of an earlier run stay."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.home.chmod(0o700)
        mail = self.home / "mail"
        for folder in (mail, mail / "tmp", *(mail / user for user in self.users)):
            folder.mkdir(exist_ok=True)
            if os.geteuid() == 0:
                owner = pwd.getpwnam(_MAIL_USER)
                os.chown(folder, owner.pw_uid, owner.pw_gid)
        lines = (f"{user}:{{PLAIN}}{password}:::::::\n" for user, password in self.users.items())
        self._write("users", "".join(lines))
        self._write(
            "oauth2.conf.ext",
            f"introspection_mode = post\nintrospection_url = {self.introspection_url}\n"
            "username_attribute = email\nactive_attribute = active\nactive_value = true\n",
        )
        self._write("dovecot.conf", self._configuration())

    def command(self) -> list[str]:
        """How to start the server in the foreground."""
        program = server_program()
        if program is None:
            raise debian.NotInstallableError(f"Dovecot is not installed. {_INSTEAD}")
        return [str(program), "-F", "-c", str(self.home / "dovecot.conf")]

    def _write(self, name: str, text: str) -> None:
        path = self.home / name
        path.touch(mode=0o600)
        path.write_text(text)

    def _configuration(self) -> str:
        parts = [_GENERAL.format(run=self.run, home=self.home, port=self.port, host=HOST)]
        parts.append(_AS_ROOT.format(home=self.home) if os.geteuid() == 0 else self._as_user())
        if self.tls is not None:
            certificate, key = self.tls
            parts.append(f"ssl = yes\nssl_cert = <{certificate}\nssl_key = <{key}\n")
        else:
            parts.append("ssl = no\n")
        parts.append(_IMAPS.format(port=self.tls_port))
        if self.introspection_url:
            parts.append(_OAUTH.format(home=self.home))
        return "".join(parts)

    def _as_user(self) -> str:
        uid, gid = os.geteuid(), os.getegid()
        group = grp.getgrgid(gid).gr_name
        return _AS_USER.format(home=self.home, user=getpass.getuser(), group=group, uid=uid, gid=gid)


def wait_ready(port: int, timeout: float, *, alive: Callable[[], bool] = lambda: True) -> None:
    """Wait until the server greets; timeout in seconds. MailServerError when it does not in time."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            with socket.create_connection((HOST, port), timeout=2) as connection:
                if connection.recv(16).startswith(b"* OK"):
                    return
        except OSError:
            pass  # not yet: tried again below
        if not alive():
            raise MailServerError("Dovecot ended while it was starting.")
        if time.monotonic() > deadline:
            raise MailServerError(f"Dovecot did not answer at {HOST}:{port} within {timeout:.0f} s.")
        time.sleep(0.05)


_GENERAL: Final = """\
base_dir = {run}
state_dir = {home}
log_path = /dev/stderr
info_log_path = /dev/stderr
protocols = imap
listen = {host}
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2 oauthbearer
auth_username_chars =
auth_verbose = yes
mail_location = maildir:~/Maildir
mail_temp_dir = /tmp
mail_max_userip_connections = 200
mail_fsync = never
first_valid_uid = 1
first_valid_gid = 1
namespace inbox {{
  inbox = yes
  separator = /
}}
service imap-login {{
  service_count = 0
  process_min_avail = 1
  client_limit = 500
  inet_listener imap {{
    port = {port}
  }}
}}
service imap {{
  process_limit = 300
  service_count = 50
}}
passdb {{
  driver = passwd-file
  mechanisms = plain login
  args = scheme=PLAIN username_format=%u {home}/users
}}
"""

_IMAPS: Final = """\
service imap-login {{
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
"""

# Nothing below a folder that only root may enter can be opened by another user, and Dovecot opens no mails as
# root: so its processes are locked into the folder of mails before they become that user.
_AS_ROOT: Final = f"""\
default_internal_user = root
default_internal_group = root
default_login_user = {_LOGIN_USER}
valid_chroot_dirs = {{home}}/mail
userdb {{{{
  driver = static
  args = uid={_MAIL_USER} gid={_MAIL_USER} home=/%u chroot={{home}}/mail
}}}}
"""

_AS_USER: Final = """\
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail/%u
}}
"""

_OAUTH: Final = """\
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {home}/oauth2.conf.ext
}}
"""
