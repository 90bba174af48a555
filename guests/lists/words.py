"""The words that tell a parent from a child and a name from chatter, in a few languages.

All in lower case. Accents are folded before a word is looked up, so "maman" and "mère" stand here
as "maman" and "mere".
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


class Role(StrEnum):
    """What an adult is to the child, as far as two homes can be told apart by it."""

    MOTHER = "mother"
    FATHER = "father"
    OTHER = "other"


_MOTHERS = """
    mum mummy mom mommy mother mam mama mamma mami mutter mutti maman mere madre mamy matka
    stepmum stepmom stiefmutter moeder
    """
_FATHERS = """
    dad daddy father papa papi vater vati pere padre tata tato ojciec pap babbo stepdad
    stiefvater vader
    """
_OTHERS = """
    parent parents guardian guardians carer gran granny grandma grandpa grandad granddad
    grandmother grandfather oma opa eltern grosseltern padres rodzice babcia dziadek aunt
    auntie uncle tante onkel tutor nanny childminder foster-mum foster-dad foster-parent
    abuela abuelo
    """
ROLES: dict[str, Role] = {
    **dict.fromkeys(_MOTHERS.split(), Role.MOTHER),
    **dict.fromkeys(_FATHERS.split(), Role.FATHER),
    **dict.fromkeys(_OTHERS.split(), Role.OTHER),
}

# "mum of Mia", "Mama von Mia", "maman de Mia": what follows is the child
OF = _set("of von vom de del di to for fur für pour od")
# "child: Mia", "my son Leo"
CHILD_LABELS = _set(
    """
    child children kid kids kind kinder enfant enfants  dziecko son daughter sohn
    tochter fils fille hijo hija syn corka
    """
)
TWINS = _set(
    """
    twins twin triplets zwillinge zwilling jumeaux jumelles jumelle gemelos gemelas mellizos
    mellizas gemelli blizniaki blizniacy siblings brothers sisters geschwister
    """
)
AND = _set("& + and und et y e i og och en n")
# inside a name, between a first name and a surname
PARTICLES = _set(
    """
    de da do dos das del della der den di du la le van von vom zu al el bin ben ibn bint af
    av ter ten
    """
)
# between a role and a name: "his mum is Priya"
FILLERS = _set("is ist est es jest name names called s")

# Labels of what stands beside them, and ways to say that there is nothing
LABELS = _set(
    """
    email emails e-mail e-mails mail mailto address addresses adresse phone tel telephone
    telefon mobile mob cell handy nummer number no nr none unknown kein keine ohne sans sin
    brak n/a na nothing paper slip whatsapp sms text nummer telefono correo courriel contact
    kontakt name names guest guests only given yet or oder nur bitte
    """
)
HEADERS = frozenset(
    LABELS
    | CHILD_LABELS
    | set(ROLES)
    | _set(
        """
        first last surname vorname nachname nom prenom nombre imie apellido family familie
        famille home household class klasse 's of the 1 2 your
        """
    )
)
PARENT_HEADERS = frozenset({*ROLES, "contact", "kontakt"})
CHILD_HEADERS = frozenset(
    {*CHILD_LABELS, "name", "first", "vorname", "prenom", "guest", "nombre", "imie"}
)

# Second halves of double first names; any other second word is taken for a surname and dropped
SECOND_NAMES = _set(
    """
    maria marie mary jose luis carlos pablo pierre luc jane ann anne anna grace rose louise
    lou mae may lena sophie sofia isabel isabella belen jesus antonio manuel miguel angel
    lynn beth ellen kate paul philippe francois jacques michel yves claude christophe
    eduardo fernanda alejandro pilar carmen teresa elena lucia victoria clara valentina rae
    jo bea sue lee jean
    """
)

# Words of a chat. A line of these is nobody's child; in a line with an address they stand between
# names. Better one word too many here than a household that nobody has.
CHATTER = _set(
    """
    to from cc bcc subject a about absolutely add added adding adds all also am amazing an any
    anyone anything are
    aren't as ask at attached awesome aww back be because been best big birthday both boys bring
    brilliant but buy by bye call can can't cannot cant cheers class classmates come comes
    coming congrats congratulations cool could count cu cute dear deleted details did didn't do
    does doesn't don't done dont eek encrypted end end-to-end everybody everyone everything
    excellent exciting fab fabulous family fantastic fine first for forgot forgotten forward found
    free friends from fun fyi get girls give go going good got grand great group guys had haha
    hahaha happy has hasn't have haven't he he's hello help her here here's hey hi him his hiya
    holiday hope hopefully how hugs hurray i i'd i'll i'm i've idea if image in included info
    invite invited invites invitation is isn't it it's its itself ive just keep kisses know last
    later left let let's list lol looking looks lots love lovely made make many maybe me media
    mentioned message messages mine miss more morning mr mrs ms much my need needs new next nice
    night nope not note now of off oh ok okay okey old omg omitted on once one our ours out
    party perfect photo pic picture please pls plus pm possible post present presents probably
    put question quick rather read reply room rsvp said same save saw say see send sends sent
    she she's should shouldn't sorry sounds spell spelled still such super sure ta taking team
    tell terrific than thank thanks thankyou that that's thats the their theirs them then there
    there's they they're theyre thing things think thinking this those thrilled thx till time
    too top total tried try two u ugh unfortunately until up update updated us use uses very
    vielen video wait want wants was wasn't way we we'd we'll we're we've week weekend welcome
    well were weren't what what's when where which while who who's why will wish wishes with
    without won't wonderful woohoo work works would wow wrong x xo xoxo xx xxx yay year years
    yeah yep yes yet you you're your yours youre yup january february march june july august
    september october november december jan feb aug sept oct nov dec monday tuesday wednesday
    thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun today tomorrow
    yesterday tonight afternoon evening noon am pm hallo danke dankeschon bitte ja nein toll
    super gerne liebe grusse lg vg alle und das die der ist sind wir ich hier liste kommt kommen
    kann nicht leider schon geburtstag feier einladung klasse mein meine unsere unser seine ihre
    auch noch mit bei dabei freuen uns euch viel spass moin servus genau gute bonjour merci oui
    non voici salut bien super fete anniversaire liste classe est sont avec nous je mon ma mes
    notre son sa les des une un pour pas peut hola gracias si vale claro lista aqui esta fiesta
    cumpleanos clase con mi su somos feliz genial czesc dzieki dziekuje tak nie super lista
    klasa urodziny jest moj moja prosze dzien dobry street road avenue lane park hall centre
    center strasse platz rue school teacher reception nursery kindergarten schule ecole escuela
    szkola committee chat admin allergy allergic allergies nut nuts vegan vegetarian halal
    kosher gluten free dairy changed created joined pinned removed group's subject icon security
    code tap learn calls missed voice
    """
)

# Words that are chatter in lower case only: with a capital they are the names of people
ALSO_NAMES = _set(
    """
    grace joy april may june august hope faith will mark sunny rose lou jo bea ben al el jan
    sun dec e i n y en top ma mon son an su des les lane hall park moin
    """
)


def fold(word: str) -> str:
    """A word for looking up: lower case, straight apostrophes, no accents on Latin letters."""
    lowered = word.casefold().replace("\u2019", "'").replace("\u02bc", "'")
    if lowered.isascii():
        return lowered
    decomposed = unicodedata.normalize("NFD", lowered)
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def is_lower(word: str) -> bool:
    """Whether a word has no capital where its alphabet has capitals."""
    return word == word.lower() and any(char != char.upper() for char in word)
