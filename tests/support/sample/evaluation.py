"""A small evaluation set, written by hand, of which some questions leak into the training records on purpose."""

# ruff: noqa: E501 - one record a line reads best

from __future__ import annotations

# question | answer | two wrong options
_QUESTIONS = """
A ferry carries 18 cars on its upper deck and twice as many below. On Tuesday it sails 5 times, always full. How many cars cross on Tuesday?|270|180|90
Old Bertil owns 9 beehives. Three of them give 14 kilograms of honey each, and the other hives give 20 kilograms each. What is the whole harvest in kilograms?|162|180|126
Between two lamp posts on the promenade there are always 35 metres. How long is the promenade if it has 13 posts, one at each end?|420|455|385
The pages of a diary are numbered from 1 to 96. Someone tears out every page whose number ends in 5. How many pages stay in the diary?|86|87|91
A cinema with 240 seats sold five eighths of them in advance and another 37 at the door. How many seats stayed empty?|53|90|43
Sofia's watch loses 4 minutes a day. She sets it right at noon on the first of March. How many minutes is it slow at noon on the tenth?|36|40|32
A snail climbs 5 centimetres up a wall each day and slides back 2 each night. On which day does it first reach a height of 20 centimetres?|6|7|10
In a tournament each of 8 chess clubs meets each other club exactly once. How many matches does the timetable hold?|28|56|64
The sum of three consecutive house numbers on one side of a street, all even, is 78. Which is the largest of them?|28|26|30
A recipe for 6 people asks for 450 millilitres of cream. How many millilitres does a cook need for a wedding table of 14?|1050|900|6300
A lottery drum contains 30 tickets, a fifth of which win. Eleven losing tickets have been drawn so far. How many losing tickets are still inside?|13|19|24
Two candles are lit at once. One is 24 centimetres tall and burns 3 centimetres an hour, the other 16 and 1. After how many hours are they equal?|4|5|8
A tailor cuts 7 ribbons of 80 centimetres from a roll of 10 metres. What length, in centimetres, is left on the roll?|440|560|930
An orchard has 15 rows with 22 trees each, but a storm fells one tree in every third row. How many trees are standing afterwards?|325|315|330
The temperature on a summit was minus 11 degrees at dawn and rose by 3 degrees an hour. What was it after six hours?|7|18|-7
Four painters need 9 days for a school. How many days would six painters need if they work at the same pace?|6|12|8
A clerk stamps 12 forms in 8 minutes. How many forms does the clerk stamp in two hours without a pause?|180|96|120
A jar holds red and white beans in the ratio of 2 to 7. There are 63 white beans. How many beans does the jar hold in total?|81|18|90
The digits of my locker's number are 4, 0 and 9 in some order, and the number is divisible by 8 and larger than 900. What is it?|904|940|409
A monorail departs every 18 minutes from 6:00 in the morning. At what time does the fifth one depart?|7:12|7:30|6:54
Half of the guests at a banquet eat fish, a third eat lamb, and the remaining 20 eat mushrooms. How many guests are there?|120|60|100
A gardener swaps 3 pumpkins for 5 cabbages and has 21 pumpkins. How many cabbages can the gardener get for all of them?|35|63|12
Peeling one crate of onions takes Max 40 minutes and Lea 60 minutes. How many minutes do they need for one crate when they peel together?|24|50|20
A square courtyard is paved with 196 slabs of one metre by one metre. How many metres long is a walk once around its edge?|56|49|64
Which gas do green plants take in from the air when sunlight falls on their leaves?|carbon dioxide|oxygen|nitrogen
If every blick is a blanter and no blanter can swim, what follows about the swimming of blicks?|no blick can swim|all blicks swim|some blicks swim
Which of the words ladder, ocean, whisper and gravel would come last in a dictionary?|whisper|ocean|ladder
A clerk faces north, turns right twice and then left once. In which direction is the clerk looking now?|east|west|south
What do you call a person who studies the weather in order to forecast it?|meteorologist|geologist|astrologer
Which planet of our solar system is known for the widest and brightest system of rings?|Saturn|Mars|Venus
Yesterday was two days before Friday. Which day of the week will it be tomorrow, if nothing odd happens?|Friday|Thursday|Saturday
Which instrument shows a sailor the direction of the wind at the top of the mast?|wind vane|barometer|sextant
Ink, quill, parchment and seal: which of these four is made from the skin of an animal?|parchment|quill|seal
Which part of a camera corresponds best to the retina of a human eye?|the sensor|the shutter|the flash
What is the opposite of the word 'scarce' as it is used in the phrase 'food was scarce'?|plentiful|rare|hungry
A baker's dozen is one more than an ordinary dozen. How many rolls are in two baker's dozens?|26|24|25
Which material lets an electric current pass most easily: rubber, glass, copper or dry wood?|copper|glass|rubber
Complete the analogy with one word: kitten is to cat as cygnet is to which bird?|swan|goose|duck
In which season does the northern half of the Earth have its longest night?|winter|summer|autumn
Which of these is a mammal although it lives in the sea: tuna, dolphin, shark or squid?|dolphin|shark|squid
What colour results when a painter mixes equal parts of blue and yellow paint?|green|purple|orange
Hanno is taller than Mette, and Mette is taller than Ole. Who is the shortest of the three?|Ole|Mette|Hanno
Which organ of the human body cleans the blood and makes urine?|the kidneys|the lungs|the spleen
A coin has shown heads nine times in a row. If it is fair, how likely is heads on the next throw?|one half|one tenth|certain
What is the name for a word that reads the same forwards and backwards, such as 'level'?|palindrome|anagram|synonym
Which continent lies entirely south of the equator and has no native human population?|Antarctica|Australia|Africa
When water in an open pot boils at sea level, which temperature in degrees Celsius does it have?|100|90|212
Which simple machine is a playground seesaw an example of?|a lever|a pulley|a wedge
Rearrange the letters of 'listen' to get an adjective that describes a library. What is it?|silent|tinsel|inlets
What happens to the pitch of a guitar string when a player tightens it?|it rises|it falls|it stays
Which unit would you choose to give the weight of a single feather?|gram|kilogram|tonne
Which sense is lost by somebody whose optic nerve has been cut?|sight|smell|hearing
What comes next in the row 2, 6, 18, 54, if it goes on as it began?|162|108|72
If a mirror hangs on the east wall, towards which wall does its glass face?|west|east|north
Which of the two cools faster in a cold room: a flat plate of soup or a deep cup of it?|the plate|the cup|both alike
Name the layer of gas high above the ground that absorbs most of the harmful rays of the sun.|the ozone layer|the crust|the ionosphere
How many edges does a wooden cube have, counting each edge once?|12|6|8
Which month has 28 days in most years and one more in a leap year?|February|April|June
What is the plural of the word 'axis' in a book on geometry?|axes|axises|axi
Which tool would a bricklayer use to see whether a wall stands upright?|a plumb line|a trowel|a chisel
"""


def questions() -> list[list[str]]:
    """Question, answer and two wrong options each."""
    return [line.split("|") for line in _QUESTIONS.strip().splitlines()]
