"""Invented reviews of invented things."""

# ruff: noqa: E501 - one record a line reads best

from __future__ import annotations

from .dice import Dice

# thing | good details | bad details (each separated by /)
_THINGS = """
the Alder Street Bakery|the rye loaf has a proper crust/the staff remembered my name/the plum tart was still warm/the queue moves quickly|the rolls were from yesterday/nobody looked up when I came in/the cake tasted of margarine/the prices have doubled
the Fjordline headphones|the sound is clear down to the bass/they sit lightly even after hours/the battery lasts a whole week/the case is sturdy|the left side stopped after a month/they pinch behind the ears/voices sound as if under water/the cable is far too short
the Harbour View Hotel|the bed was wonderfully firm/breakfast came with fresh figs/we could hear the sea at night/check-in took two minutes|the lift was out of order all week/the room smelled of smoke/the shower was cold by seven/the walls are thin as paper
the novel 'A Clock for Winter'|the last chapter moved me to tears/every sentence has its place/the sisters feel like real people/I read it in one night|the plot falls apart halfway through/the dialogue is wooden/it needed an editor badly/I guessed the end on page ten
the Pocket Ledger app|it found savings that I had overlooked/the charts are easy to read/syncing just works/support answered within an hour|it crashed whenever I opened a report/it asks for money at every step/my entries vanished after the update/the menus make no sense
the Brightwell kettle|it boils in no time/the handle stays cool/it is quiet enough for early mornings/the lid opens with one finger|the lid broke on the second day/it leaks at the seam/the water tastes of plastic/it is louder than my drill
the Ridgeway boots|my feet stayed dry in the bog/they fitted from the first walk/the sole grips on wet stone/the laces hold all day|the sole came off in week three/they rub at the heel/water gets in at the tongue/the sizes run far too small
the Museum of Small Things|the guide told wonderful stories/children may touch nearly everything/the thimble room is a joy/we stayed until closing|half the rooms were closed/the labels are impossible to read/it was crowded and hot/there was nowhere to sit down
the board game Salt Road|every game takes another course/the rules fit on one page/the pieces are a pleasure to hold/beginners can win too|the rules contradict each other/one player always runs away with it/the box was missing two cards/it drags on for hours
the Copper Pan restaurant|the stew was rich and tender/our waiter knew every dish/they made room for the pram/the bill was a pleasant surprise|we waited an hour for the soup/my fish was raw in the middle/the music drowned our talk/they added wine that we never had
the Windle vacuum cleaner|it picks up every hair/it slides under the sofa/emptying it is clean and quick/the cord reaches all rooms|it pushes the dust around/the bag bursts when it is full/the motor smells burnt/it is too heavy for stairs
the Tern paddling tour|our guide spotted two otters/the boats are stable and new/even my father enjoyed it/the picnic spot was perfect|the guide was an hour late/the boat took in water/we were hurried along all day/lunch was a single biscuit
the film 'Seven Umbrellas'|the music stays with you for days/the old magician steals every scene/it made the whole row laugh/the ending is brave|it takes forever to begin/the jokes fall flat/you can hardly understand a word/the story is a copy of a better one
the Juniper standing desk|it rises without a wobble/putting it together was simple/the wood looks even better than online/my back has thanked me since|the motor gave up in May/two screws were missing/the top is scratched already/it shakes when I type
the Lantern podcast|each guest is well chosen/the host listens and asks well/an episode fits my commute/I learned something every time|the host talks over everyone/every second minute is an advert/the sound level jumps about/it never gets to the point
the Meadow Farm vegetable box|the carrots taste like carrots again/it comes on time every Friday/there is always a recipe inside/the greens were crisp|the lettuce was brown on arrival/it was left in the rain twice/there are turnips week after week/half of it went to the compost
"""
_OPEN = {
    "positive": ("I am so glad I tried", "What a find:", "I would recommend", "My sister told me about", "I keep coming back to", "Five stars for",
                 "I did not expect much from", "We celebrated a birthday with", "After three months I still love"),
    "negative": ("I wish I had never tried", "What a letdown:", "I cannot recommend", "A colleague praised", "I gave a second chance to", "One star for",
                 "I expected much more from", "We spoiled a birthday with", "After three months I am tired of"),
}  # fmt: skip
_CLOSE = {
    "positive": ("Worth every cent.", "I will be back.", "More of this, please.", "I could not be happier.", "A small wonder.", "Just right.",
                 "My whole family agrees.", "I have told all my friends."),
    "negative": ("Save your money.", "Never again.", "I asked for a refund.", "What a pity.", "I regret it.", "Simply not good enough.",
                 "My whole family agrees.", "I have warned all my friends."),
}  # fmt: skip
_JOIN = ("{open} {thing}. {A}, and {b}. {close}", "{open} {thing}: {a}, and {b}. {close}", "{A}. On top of that, {b}. {open} {thing}. {close}",
         "{open} {thing}. {A}. {B}.", "{A}, {b}, and {c}. {open} {thing}. {close}", "{open} {thing}. First, {a}; second, {b}. {close}")  # fmt: skip


def review(dice: Dice) -> tuple[str, str]:
    """A review and what it feels: positive or negative."""
    label = dice.pick(("positive", "negative"))
    thing, good, bad = dice.pick(_THINGS.strip().splitlines()).split("|")
    a, b, c = dice.take((good if label == "positive" else bad).split("/"), 3)
    opening = dice.pick(_OPEN[label])
    text = dice.pick(_JOIN).format(
        open=opening,
        thing=thing,
        a=a,
        b=b,
        c=c,
        A=a[0].upper() + a[1:],
        B=b[0].upper() + b[1:],
        close=dice.pick(_CLOSE[label]),
    )
    return text, label
