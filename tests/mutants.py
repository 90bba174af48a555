"""The guards that are taken away one at a time, and the tests that must notice."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """`old` is found exactly once in the file at `path`, and becomes `new`."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """The tree without one guard. `tests` are pytest's arguments; one of them must fail.

    `hangs`: that they never end is what is expected.
    """

    name: str
    what: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]
    database: str = "sqlite"
    hangs: bool = False

    @property
    def slug(self) -> str:
        """The name as it is typed."""
        return self.name.replace(" ", "-").replace("'", "")


CLAIM = "guests/outbox/claim.py"
COMMIT = "guests/outbox/commit.py"
STATEMENTS = "guests/outbox/statements.py"
RECORD = "guests/outbox/record.py"
RECOVER = "guests/outbox/recover.py"
GATE = "guests/outbox/gate.py"
SMTP = "guests/outbox/smtp.py"
DRAIN = "guests/outbox/drain.py"
JUDGE = "guests/judge.py"
LIMITS = "guests/limits.py"
TIMES = "parties/schedule/times.py"
ALARMING = "guests/alarming.py"

OUTBOX = "tests/guests/outbox/"
GUARDS = OUTBOX + "test_guards.py"
ALARM_TESTS = "tests/guests/test_alarming.py"
LIMITED = OUTBOX + "test_limits.py"
STRANGER = OUTBOX + "test_stranger.py"
LOCKS = OUTBOX + "test_locks.py"
DELIVERIES = "tests/guests/deliveries/"
REPLANNING = "tests/guests/test_replanning.py"
PLAN = ("tests/parties/test_schedule_world.py", "tests/parties/test_schedule_limits.py")

MUTANTS = (
    # -- one of a kind, and in one hand -----------------------------------------------------------
    Mutant(
        "unique key",
        "the database takes a second mail of the same recipient, kind and occasion",
        (
            Edit(
                "guests/models/mail.py",
                'fields=["recipient_key", "kind", "occasion"], name="mail_once_an_occasion"',
                'fields=["message_id", "kind", "occasion"], name="mail_once_an_occasion"',
            ),
            Edit(
                "guests/migrations/0001_initial.py",
                'fields=("recipient_key", "kind", "occasion"), name="mail_once_an_occasion"',
                'fields=("message_id", "kind", "occasion"), name="mail_once_an_occasion"',
            ),
        ),
        (GUARDS, "tests/guests/test_planner.py"),
    ),
    Mutant(
        "state in the claim",
        "a mail that somebody else has claimed is claimed once more",
        (Edit(CLAIM, "pk__in=ids, state=State.QUEUED, not_before__lte=now", "pk__in=ids"),),
        (GUARDS, OUTBOX + "test_claim.py"),
    ),
    Mutant(
        "claim token",
        "the commit point asks nobody whose mail it is",
        (Edit(COMMIT, "fresh.claim_token != token", "fresh.claim_token is None"),),
        (OUTBOX + "test_commit.py",),
    ),
    Mutant(
        "token in the record",
        "whoever lost a mail to another still has the last word on it",
        (Edit(RECORD, "pk=mail.pk, claim_token=token, state__in=states", "pk=mail.pk"),),
        (OUTBOX + "test_recover.py",),
    ),
    # -- the last question ------------------------------------------------------------------------
    Mutant(
        "commit point",
        "what the judge says at the last moment is ignored",
        (Edit(COMMIT, "match _verdict(rows, now):", "match judge.Go():"),),
        (OUTBOX + "test_commit.py",),
    ),
    Mutant(
        "revision of the facts",
        "a mail goes although the party moved after it was composed",
        (Edit(COMMIT, "rows.party.revision != composed", "False"),),
        (OUTBOX + "test_commit.py",),
    ),
    Mutant(
        "reply-by in the judge",
        "a reminder goes after its reply-by",
        (Edit(JUDGE, "Reason.EXPIRED if now >= expires_at(mail, invitation, party) else", "" ),),
        ("tests/guests/test_judge.py",),
    ),
    # -- locks ------------------------------------------------------------------------------------
    Mutant(
        "write lock of SQLite",
        "transactions read before they may write",
        (Edit("rsvp_site/settings.py", '"transaction_mode": "IMMEDIATE"', '"timeout": 20'),),
        (LOCKS, "tests/guests/family/test_races.py"),
    ),
    Mutant(
        "lock of a reply",
        "an answer does not lock its invitation",
        (
            Edit(
                "guests/answering.py",
                "Invitation.objects.locked([invitation_id]).get()",
                "Invitation.objects.get(pk=invitation_id)",
            ),
        ),
        (LOCKS, "tests/guests/family/test_races.py"),
        database="postgresql",
    ),
    Mutant(
        "lock of the invitation",
        "the commit point reads the invitation without locking it",
        (Edit(STATEMENTS, 'of=("invitation", "address")', 'of=("address",)'),),
        (LOCKS,),
        database="postgresql",
    ),
    Mutant(
        "lock of the address",
        "the commit point reads the address without locking it",
        (Edit(STATEMENTS, 'of=("invitation", "address")', 'of=("invitation",)'),),
        (LOCKS,),
        database="postgresql",
    ),
    # -- what is unclear --------------------------------------------------------------------------
    Mutant(
        "hold",
        "a mail of the plan whose fate is unclear is tried again",
        (
            Edit(RECORD, "held = mail.kind in PLAN_KINDS or", "held ="),
            Edit(RECOVER, "Q(kind__in=sorted(kind.value for kind in PLAN_KINDS)) |", ""),
        ),
        (OUTBOX + "test_transitions.py", OUTBOX + "test_recover.py"),
    ),
    Mutant(
        "phase of the dot",
        "silence after the final dot counts as a break before it",
        (Edit(SMTP, "self._phase = Phase.DOT", "self._phase = Phase.BODY"),),
        (OUTBOX + "test_smtp.py",),
    ),
    Mutant(
        "grace of a late word",
        "a mail is called unclear as soon as its lease ends",
        (Edit(RECOVER, "_overdue(State.HANDING, now - lease())", "_overdue(State.HANDING, now)"),),
        (OUTBOX + "test_recover.py", GUARDS),
    ),
    Mutant(
        "release of a dead hand",
        "what a dead sender had claimed stays claimed",
        (Edit(RECOVER, "_overdue(State.CLAIMED, now).update(\n        state=State.QUEUED",
              "_overdue(State.CLAIMED, now).none().update(\n        state=State.QUEUED"),),
        (OUTBOX + "test_recover.py",),
    ),
    # -- whether anything goes at all -------------------------------------------------------------
    Mutant(
        "breaker",
        "senders go on while the mail server is away",
        (Edit(DRAIN, "if not permit.may_send:", "if False:"),),
        (OUTBOX + "test_breaker.py",),
    ),
    Mutant(
        "instance id",
        "a copied database sends as well",
        (Edit(GATE, "row.instance_id != settings.INSTANCE_ID", "False"),),
        ("tests/guests/operators",),
    ),
    Mutant(
        "restore fence",
        "a database that went back in time sends at once",
        (Edit(GATE, "if row.went_back_at is not None or went_back(row, known):", "if False:"),),
        ("tests/guests/operators",),
    ),
    Mutant(
        "clock",
        "a clock that jumped is believed",
        (Edit(GATE, "    if paused or jumped(row, reading):", "    if False:"),),
        ("tests/guests/operators/test_gate.py",),
    ),
    Mutant(
        "lease at the commit point",
        "a sender judges by a clock that ran away from its lease",
        (Edit(COMMIT, "if rows is None or _has_lapsed(rows.mail, now):", "if rows is None:"),),
        (OUTBOX + "test_commit.py",),
    ),
    Mutant(
        "lived again",
        "what became due since the backup is not held",
        (Edit("guests/operators/restore.py", "    _relive(done, now)\n", ""),),
        ("tests/guests/operators/test_restore.py",),
    ),
    Mutant(
        "steady beat",
        "beat goes by the clock on the wall",
        (Edit("rsvp_site/beat.py", "return time.monotonic()", "return time.time()"),),
        ("tests/rsvp_site/test_beat.py",),
    ),
    # -- what a refusal says ----------------------------------------------------------------------
    Mutant(
        "stamp given back",
        "a reminder that was refused keeps its address for 20 hours",
        (Edit(RECORD, "            stamps.give_back(mail, token, now)", "            pass"),),
        (OUTBOX + "test_stamps.py",),
    ),
    Mutant(
        "refusals of all",
        "each sender counts for itself how often we are taken for spam",
        (
            Edit(
                "guests/outbox/suspicion.py",
                "Refusal.objects.filter(at__lte=since).delete()",
                "Refusal.objects.all().delete()",
            ),
        ),
        (OUTBOX + "test_transitions.py",),
    ),
    Mutant(
        "innocent probe",
        "a mail that is refused as a probe is lost",
        (Edit(DRAIN, "blamed = not (against_us and permit.probe)", "blamed = True"),),
        (OUTBOX + "test_transitions.py",),
    ),
    Mutant(
        "refused-probe",
        "a probe that is refused ends the pause",
        (
            Edit(
                DRAIN,
                "(suspicion.grows(outcome, mail, self._now()) or permit.probe)",
                "suspicion.grows(outcome, mail, self._now())",
            ),
        ),
        (OUTBOX + "test_transitions.py",),
    ),
    Mutant(
        "silence-after-silence",
        "a server that never answers to the dot goes on getting mail",
        (Edit(DRAIN, "suspicion.falls_silent(self._now())", "False"),),
        (OUTBOX + "test_transitions.py",),
    ),
    Mutant(
        "by-itself",
        "a mail that kills its sender takes others along",
        (Edit("guests/outbox/claim.py", "row[1] < _ALONE_FROM", "True"),),
        (OUTBOX + "test_recover.py",),
    ),
    # -- what hosts are told ----------------------------------------------------------------------
    Mutant(
        "told once",
        "hosts are told at each tick of mail that came back",
        (
            Edit(
                "guests/telling.py",
                "Contact.objects.filter(pk__in=ids).update(bounce_told=occasion)",
                "str(occasion)",
            ),
        ),
        ("tests/guests/test_telling.py",),
    ),
    Mutant(
        "bad news by day",
        "hosts are woken by bad news",
        (Edit(JUDGE, "at = host_window(now, party.timezone)", "at = now"),),
        ("tests/guests/test_judge.py",),
    ),
    Mutant(
        "line that is off",
        "a mail of the plan goes although its line was switched off or taken away",
        (Edit(JUDGE, "        return Skip(Reason.RULE_OFF)", "        return None"),),
        (REPLANNING,),
    ),
    Mutant(
        "line that was moved",
        "a mail goes at the hour from which its line was moved",
        (Edit(JUDGE, "    if rule.since is None:", "    if rule is not None:"),),
        (REPLANNING,),
    ),
    Mutant(
        "still-on of a line that is gone",
        "a still-on outlives its line, because its occasion is the revision",
        (Edit(JUDGE, "is None and mail.kind in SPACED_KINDS and not mail", "is None or not mail"),),
        (REPLANNING,),
    ),
    Mutant(
        "words of the dot",
        "a mail goes with words that the host has changed since",
        (Edit(COMMIT, "mail.rule.words != prepared.words", "False"),),
        (REPLANNING,),
    ),
    Mutant(
        "invitation again",
        "an invitation that is sent once more goes to who has answered meanwhile",
        (Edit(JUDGE, "case Kind.INVITATION if mail.occasion != FIRST:", "case Kind.NEWS:"),),
        ("tests/guests/test_resending.py",),
    ),
    # -- the plan ---------------------------------------------------------------------------------
    Mutant(
        "night",
        "the plan writes at any hour",
        (Edit(TIMES, "    moment = window(moment, zone)\n", ""),),
        PLAN,
    ),
    Mutant(
        "20 hours",
        "reminders to one address may follow at once",
        (Edit(TIMES, "max(moment, last_plan_mail_at + SPACING)", "moment"),),
        PLAN,
    ),
    Mutant(
        "three reminders",
        "an address gets as many reminders as there are rules",
        (
            Edit("parties/schedule/times.py", "MAX_REMINDERS = 3", "MAX_REMINDERS = 30"),
        ),
        PLAN,
    ),
    Mutant(
        "end of a reminder",
        "reminders are of use until the party begins",
        (Edit("parties/schedule/lines.py", "        ends.append(household.reply_by_at)\n",
              "        pass\n"),),
        ("tests/parties/test_schedule.py", "tests/parties/test_schedule_limits.py"),
    ),
    Mutant(
        "short notice",
        "with less than three days there is no reminder",
        (Edit("parties/schedule/defaults.py",
              "    RuleDefault(Kind.REMINDER, Anchor.HALF_WAY, at=None, max_notice=2),\n", ""),),
        PLAN[:1],
    ),
    Mutant(
        "look after reaching",
        "the plan does not look again when an invitation was handed over",
        (Edit(COMMIT, "if invitation is not None and mail.kind == Kind.INVITATION:", "if False:"),),
        (OUTBOX + "test_commit.py",),
    ),
    # -- the alarm --------------------------------------------------------------------------------
    Mutant(
        "alarm once a step",
        "each look at a party in alarm is another mail to its hosts",
        (Edit(ALARMING, "if present.rank > known.rank or (", "if present.rank > 0 or ("),),
        (ALARM_TESTS,),
    ),
    Mutant(
        "alarm by day",
        "an alarm of the night is written at once",
        (Edit(ALARMING, "not_before=host_window(now, party.timezone)", "not_before=now"),),
        (ALARM_TESTS,),
    ),
    Mutant(
        "alarm on standing yes",
        "a yes to the old day, or one of two answers, quiets the alarm",
        (
            Edit(
                ALARMING,
                '    invitation__disputed=False,\n'
                '    invitation__answered_revision=F("invitation__party__revision"),\n',
                "",
            ),
        ),
        (ALARM_TESTS,),
    ),
    Mutant(
        "alarm put away",
        "a level that was overtaken before it was told is never told",
        (Edit(ALARMING, "lower = known.rank >= present.rank > 0", "lower = False"),),
        (ALARM_TESTS,),
    ),
    Mutant(
        "alarm asked again",
        "an alarm goes although enough have said yes since",
        (
            Edit(
                JUDGE,
                "if mail.kind == Kind.ALARM and (reason := alarming.objection(mail, now)):",
                'if reason := "":',
            ),
        ),
        (ALARM_TESTS,),
    ),
    Mutant(
        "look after an answer",
        "a yes that is taken back is seen at the next look only, whenever that is",
        (
            Edit(
                "guests/planner.py",
                "        Party.objects.filter(pk=party).ask_to_look(now)\n",
                "        pass\n",
            ),
        ),
        (ALARM_TESTS,),
    ),
    Mutant(
        "alarm's next step",
        "a party in alarm is not looked at again before somebody does something",
        (Edit(ALARMING, "return rises_above(table, Level(party.alarm)) or (", "return ("),),
        (ALARM_TESTS,),
    ),
    # -- stop, and forget us ----------------------------------------------------------------------
    Mutant(
        "suppression",
        "whoever stopped for good gets mail once a host brings the address back",
        (Edit("guests/suppressing.py", "if found := told.get(email):", "if found := None:"),),
        ("tests/guests/test_suppressing.py",),
    ),
    Mutant(
        "older keys",
        "a change of keys forgets who stopped for good",
        (
            Edit(
                "guests/suppressing.py",
                "keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]",
                "keys = [settings.SECRET_KEY]",
            ),
        ),
        ("tests/guests/test_suppressing.py",),
    ),
    Mutant(
        "forgotten mail put away",
        "a mail that waits still goes to a family that asked to be forgotten",
        (
            Edit(
                "guests/forgetting.py",
                "        _put_mails_away(home)\n",
                "        pass\n",
            ),
        ),
        ("tests/guests/test_forgetting.py",),
    ),
    Mutant(
        "forgotten by the party",
        "the same list again brings a forgotten home back",
        (
            Edit(
                "guests/forgetting.py",
                "    forget_ways(homes[0].party_id, _ways(contacts), now)\n",
                "",
            ),
        ),
        ("tests/guests/test_forgetting.py",),
    ),
    Mutant(
        "address held",
        "an address is deleted while a host puts it on a list",
        (Edit("guests/suppressing.py", " FOR KEY SHARE", ""),),
        ("tests/guests/test_forgetting_races.py",),
        "postgresql",
    ),
    Mutant(
        "one click",
        "a mail service needs the page's own cookie and token to stop mails",
        (Edit("guests/family/door.py", "        @csrf_exempt\n", ""),),
        ("tests/guests/family/test_stop.py",),
    ),
    Mutant(
        "looking stops nothing",
        "a machine that opens the address of the header stops the mails",
        (Edit("guests/family/stop.py", "        if not posts:\n", "        if False:\n"),),
        ("tests/guests/family/test_one_click.py", "tests/guests/family/test_stop.py"),
    ),
    Mutant(
        "strangers pause",
        "an account that nobody knows writes on",
        (Edit("guests/strangers.py", "count() >= PAUSES_AT", "count() >= 1000"),),
        ("tests/guests/test_strangers.py", "tests/guests/operators/test_strangers.py"),
    ),
    Mutant(
        "both parts alike",
        "the text of a mail does not say where to be forgotten",
        (
            Edit(
                "templates/emails/_base.txt",
                '{% translate "Delete what you hold about us" %}: {{ forget }}\n',
                "",
            ),
        ),
        ("tests/guests/mails/test_links_open.py",),
    ),
    # -- what comes back --------------------------------------------------------------------------
    Mutant(
        "forged report",
        "anybody who knows a number can say that mail came back",
        (
            Edit(
                "guests/deliveries/marks.py",
                "return number if genuine and number",
                "return number if number",
            ),
        ),
        (DELIVERIES + "test_marks.py", DELIVERIES + "test_read_bounces.py"),
    ),
    Mutant(
        "shut doors",
        "the webhooks of a service are open where nothing is signed",
        (
            Edit(
                "guests/deliveries/webhooks.py",
                "if not is_signed(service, settings.ANYMAIL):",
                "if False:",
            ),
        ),
        (DELIVERIES + "test_webhooks.py",),
    ),
    Mutant(
        "complaint",
        "mail goes on to whoever called it spam",
        (
            Edit(
                "guests/deliveries/hearing.py",
                "            mark_complained(address_id=address.pk, now=now)",
                "            return",
            ),
        ),
        (DELIVERIES + "test_hearing.py", DELIVERIES + "test_from_end_to_end.py"),
    ),
    Mutant(
        "one report",
        "the same report counts as often as it comes",
        (
            Edit(
                "guests/deliveries/hearing.py",
                'lost.values("mail").distinct().count()',
                "lost.count()",
            ),
        ),
        (DELIVERIES + "test_hearing.py",),
    ),
    Mutant(
        "proof",
        "a mail that came back is still unclear, or goes again",
        (
            Edit(
                "guests/deliveries/hearing.py",
                "        _prove(mail)\n",
                "",
            ),
        ),
        (DELIVERIES + "test_hearing.py",),
    ),
    Mutant(
        "somebody else's mail",
        "a Message-ID is enough to stop mail to any address",
        (
            Edit(
                "guests/deliveries/taking.py",
                "one.recipient == email or _is_veiled(one)]",
                "True]",
            ),
        ),
        (DELIVERIES + "test_read_bounces.py",),
    ),
    Mutant(
        "came back is not silent",
        "a home whose only mail came back counts as reached",
        (
            Edit(
                "guests/deliveries/truth.py",
                "mail.state in REACHED and mail.fate not in RETURNED",
                "mail.state in REACHED",
            ),
        ),
        (DELIVERIES + "test_what_hosts_see.py",),
    ),
    # -- limits -----------------------------------------------------------------------------------
    Mutant(
        "confirmed address",
        "mail goes for a host who never confirmed an address",
        (Edit(LIMITS, 'return "" if self.verified else Reason.UNVERIFIED', 'return ""'),),
        (LIMITED,),
    ),
    Mutant(
        "paused account",
        "mail goes for an account that was paused or closed",
        (Edit(LIMITS, "if self.paused or not self.active:", "if False:"),),
        (LIMITED,),
    ),
    Mutant(
        "places of a day",
        "the commit point takes no place for whom it invites",
        (
            Edit(
                COMMIT,
                "if rows.takes_a_place and not limits.take_place(rows.account, now):",
                "if False:",
            ),
        ),
        (LIMITED, STRANGER),
    ),
    Mutant(
        "condition of a place",
        "a place is counted, and nobody asks whether there is one",
        (Edit(LIMITS, ".filter(used__lt=allowance(day))", ""),),
        (LIMITED,),
    ),
    Mutant(
        "first mail of any kind",
        "only an invitation counts as inviting somebody",
        (
            Edit(
                STATEMENTS,
                "sorted({Kind.REMINDER.value, *HOST_KINDS})",
                "[kind.value for kind in Kind if kind is not Kind.INVITATION]",
            ),
        ),
        (LIMITED,),
    ),
    Mutant(
        "three a day",
        "nobody asks how many mails an address got",
        (
            Edit(
                JUDGE,
                "None if mail.handed_at is not None else limits.free_at(address, now)",
                "None",
            ),
        ),
        (LIMITED, STRANGER),
    ),
    Mutant(
        "whose act",
        "what confirms an answer never counts, whoever gave it",
        (Edit(LIMITS, "return not own.exists()", "return False"),),
        (LIMITED,),
    ),
    Mutant(
        "places given back",
        "a mail that did not go keeps its places",
        (Edit(RECORD, "handed_at = places.free_address(mail, token, now)", "handed_at = None"),),
        (LIMITED,),
    ),
    Mutant(
        "place that is kept",
        "a mail that goes again takes a second place",
        (Edit(COMMIT, "bool(seen.is_new) and self.mail.handed_at is None", "bool(seen.is_new)"),),
        (LIMITED,),
    ),
    Mutant(
        "days of the line",
        "invitations are planned for today however many there are",
        (Edit("guests/planner.py", "too_late = spread(mails, now)", "too_late = 0"),),
        (LIMITED,),
    ),
    Mutant(
        "open parties",
        "a host may have any number of parties to come",
        (Edit("parties/services.py", "if open_parties.count() >= MAX_OPEN:", "if False:"),),
        ("tests/parties/test_open_parties.py",),
    ),
    Mutant(
        "mail that comes back",
        "an account writes on however much of its mail comes back",
        (Edit("guests/operators/reputation.py", "if _is_bad(", "if not _is_bad("),),
        ("tests/guests/operators/test_reputation.py",),
    ),
    Mutant(
        "homes of a party",
        "a party may have any number of homes",
        (Edit("guests/inviting.py", "if len(known) >= MAX_HOUSEHOLDS:", "if False:"),),
        ("tests/guests/test_inviting.py",),
    ),
    # -- answers ----------------------------------------------------------------------------------
    Mutant(
        "submission id",
        "the same form sent twice is two answers",
        (Edit("guests/answering.py", "newest.digest == digest", "False"),),
        ("tests/guests/family/test_races.py", "tests/guests/test_answering.py"),
    ),
)  # fmt: skip
