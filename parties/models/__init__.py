from .host import Host
from .party import Party
from .rule import Rule

__all__ = ["Host", "Party", "Rule"]
