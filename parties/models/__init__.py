from parties.models.host import Host
from parties.models.party import Party
from parties.models.rule import Rule

__all__ = ["Host", "Party", "Rule"]
