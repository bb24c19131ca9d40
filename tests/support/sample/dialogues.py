"""Small invented dialogues, each with two summaries."""

# ruff: noqa: E501 - one record a line reads best

from __future__ import annotations

from .dice import Dice
from .words import CITIES, NAMES

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TIMES = (
    "at eight",
    "at half past nine",
    "at noon",
    "at two",
    "at a quarter past three",
    "at five",
    "at six",
    "after dinner",
)
_FILL = {
    "day": _DAYS,
    "time": _TIMES,
    "food": (
        "mushroom soup",
        "a plum cake",
        "stuffed peppers",
        "noodle salad",
        "a big paella",
        "cheese scones",
        "lentil stew",
    ),
    "thing": (
        "blue umbrella",
        "reading glasses",
        "house keys",
        "grey scarf",
        "phone charger",
        "library card",
        "train pass",
    ),
    "spot": (
        "under the sofa",
        "in the car",
        "beside the bread bin",
        "in your coat",
        "on the window sill",
        "at the bakery",
    ),
    "book": (
        "the atlas of rivers",
        "that thriller about the clockmaker",
        "the cookbook with the torn cover",
        "the poems from school",
    ),
    "machine": (
        "printer",
        "dishwasher",
        "heating",
        "coffee machine",
        "front door lock",
        "projector",
        "washing machine",
    ),
    "sport": ("badminton", "a swim", "the climbing hall", "a run along the canal", "table tennis", "a bike ride"),
    "gift": (
        "a plant",
        "concert tickets",
        "a good pen",
        "a basket of cheese",
        "a jigsaw puzzle",
        "a voucher for the pottery class",
    ),
    "pet": ("the cat", "the old dog", "the parrot", "the rabbit", "the hamster"),
    "subject": ("chemistry", "history", "statistics", "Latin", "geography", "economics"),
    "heavy": ("wardrobe", "piano stool", "bookcase", "kitchen table", "sofa", "washing machine"),
    "city": CITIES,
}
# lines between two people, then two summaries; A: and B: are the speakers
_SCENES = """
A: Hi {b}, can we move our meeting on {day}?/B: Sure, is something wrong?/A: My train only gets in {time}./B: Then let's talk the day after, same room.||{a} cannot make the meeting on {day} because of a late train, so {b} moves it to the day after.|{a} and {b} move their {day} meeting by one day because {a}'s train arrives {time}.
A: Have you seen my {thing}?/B: Did you look {spot}?/A: Twice. I need it {day}./B: Wait, it is here in my bag! I'll bring it {time}.||{a} is looking for the {thing}; {b} finds it and will bring it {time}.|{b} had {a}'s {thing} in a bag all along and will bring it back {time}.
A: What should I cook for {day}?/B: You could make {food}. Everyone liked it last time./A: But two of them don't eat meat./B: Leave it out then, nobody will notice.||{b} suggests that {a} cook {food} without meat on {day}.|{a} needs an idea for {day}, and {b} proposes {food}, with no meat because two guests do not eat it.
A: I land in {city} {time} on {day}. Could you pick me up?/B: My car is at the garage, but my brother could./A: That would be great, I have two suitcases./B: I'll ask him tonight and write to you.||{a} lands in {city} on {day}; {b} has no car and will ask a brother to pick {a} up.|{b} cannot drive, so {b}'s brother may collect {a} and two suitcases in {city} on {day}.
A: The {machine} is broken again./B: Have you tried switching it off and on?/A: Yes, and now it only blinks./B: Then I'll call the service. They could come on {day} {time}.||The {machine} is broken, and {b} will call the service, which could come on {day}.|{a} reports a broken {machine}; as a restart did not help, {b} calls the repair service.
A: Fancy {sport} on {day}?/B: I'd love to, but my knee still hurts./A: What does the doctor say?/B: Two more weeks. But I can come and watch you.||{b} cannot join {a} for {sport} on {day} because of a sore knee but will come and watch.|{a} invites {b} to {sport}; {b} has to rest a knee for two more weeks and will only watch.
A: Could you lend me {book}?/B: I gave it to my aunt in {city}./A: Oh. Is she done with it?/B: She comes over on {day}, I'll ask her to bring it.||{a} wants to borrow {book}; it is with {b}'s aunt, who may bring it on {day}.|{b} lent {book} to an aunt in {city} and will ask her to bring it for {a} on {day}.
A: We still need a present for Nora's last day./B: How about {gift}?/A: She got that from the other team already./B: Then I'll collect money and you ask her husband what she would like.||{a} and {b} look for a farewell present for Nora: {b} collects money and {a} asks her husband.|Since Nora already has {gift} from another team, {a} will ask her husband and {b} will collect money.
A: Can you look after {pet} while I am in {city}?/B: For how long?/A: From {day}, four nights./B: Fine, but leave me the number of the vet this time.||{b} will look after {pet} for four nights from {day} while {a} is in {city}.|{a} goes to {city} and leaves {pet} with {b}, who asks for the vet's number.
A: How did the {subject} exam go?/B: Better than I feared, but I ran out of time at the end./A: When do you get the results?/B: On {day}. If I passed, I'll buy you an ice cream.||{b}'s {subject} exam went better than feared; the results come on {day}.|{b} ran out of time in the {subject} exam and waits for the results on {day}.
A: I need two strong arms for a {heavy} on {day}./B: Is there a lift in the new house?/A: There is, but it is too small./B: Then I'll bring my cousin as well. We'll be there {time}.||{b} and a cousin will help {a} carry a {heavy} on {day} because the lift is too small.|{a} asks for help with a {heavy}; {b} comes {time} on {day} and brings a cousin.
A: Did you book the rooms in {city}?/B: I tried, but the cheap place is full from {day} on./A: What about the hostel near the station?/B: It is loud, but it has two beds left. I'll take them.||The cheap place in {city} is full, so {b} books two beds in a hostel near the station.|{b} could not get the rooms in {city} that {a} asked about and takes two hostel beds instead.
A: The band wants to rehearse on {day} {time}./B: My neighbours will complain again./A: We could go to my uncle's barn./B: Good idea, I'll bring the drums and {food}.||To spare {b}'s neighbours the band will rehearse in the barn of {a}'s uncle on {day}.|{a} and {b} move the {day} rehearsal to a barn, and {b} brings drums and {food}.
A: My flight to {city} is cancelled./B: Oh no. When is the next one?/A: On {day} {time}, but the talk is before that./B: Give it online then, I'll tell the organisers.||{a}'s flight to {city} is cancelled, so {a} will give the talk online and {b} tells the organisers.|Because the next flight to {city} leaves too late, {b} suggests that {a} give the talk online.
"""
_BEFORE = (("Hello!", "Hey, how are you?"), ("Are you there?", "Yes, just came in."), ("Good morning!", "Morning, you are up early."), ("Busy?", "Not too much, tell me."),
           ("Quick question.", "Go ahead."), ("Sorry to bother you.", "No problem at all."))  # fmt: skip
_AFTER = (("You are the best.", "I know."), ("Thanks a lot!", "Any time."), ("Perfect, see you.", "See you."), ("That helps.", "Glad to hear it."),
          ("I owe you one.", "I will remember that."), ("Great.", "Talk soon."))  # fmt: skip


def scene(dice: Dice) -> tuple[str, list[str]]:
    """A dialogue of two people, one line a turn, and two summaries of it."""
    lines, short, other = dice.pick(_SCENES.strip().splitlines()).replace("||", "|").split("|")
    a, b = (name for name, _, _ in dice.take(NAMES, 2))
    slots = {"a": a, "b": b} | {key: dice.pick(values) for key, values in _FILL.items()}
    turns = lines.split("/")
    for bank, front in ((_BEFORE, True), (_AFTER, False)):
        if dice.chance(0.6):
            first, second = dice.pick(bank)
            extra = [f"A: {first}", f"B: {second}"]
            turns = extra + turns if front else turns + extra
    names = {"A": a, "B": b}
    text = "\n".join(f"{names[turn[0]]}{turn[1:].format(**slots)}" for turn in turns)
    return text, [short.format(**slots), other.format(**slots)]
