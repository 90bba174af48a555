"""What every test stands on."""

from __future__ import annotations

import pytest
import pytest_socket


@pytest.fixture(autouse=True)
def _only_this_machine() -> None:
    """No test reaches beyond loopback and unix sockets."""
    pytest_socket.socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
