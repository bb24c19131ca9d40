"""Topics with four facts each, dishes and how-tos: the hand-written texts that assistants and chats are made of."""

# ruff: noqa: E501 - one record a line reads best

from __future__ import annotations

# topic | fact | fact | fact | fact
_TOPICS = """
the honeybee|A honeybee visits dozens of flowers on one trip.|Worker bees tell each other where food is by dancing on the comb.|A colony stays warm in winter by shivering in a tight cluster.|Bees store honey because flowers are scarce for half of the year.
the lighthouse|A lighthouse marks a coast that is dangerous at night.|Each light has its own rhythm, so that sailors can tell one from another.|Fresnel lenses bend the light of a small lamp into a beam that is seen for miles.|Most lighthouses run without a keeper today.
bread|Bread needs little more than flour, water, salt and time.|Yeast eats sugar in the flour and leaves gas that makes the dough rise.|Kneading lines up the gluten, which holds the gas in.|Old loaves make good soup, crumbs and puddings.
the bicycle|A bicycle turns a rider's strength into motion better than any other vehicle.|The chain lets the rear wheel turn faster than the pedals.|A bicycle stays upright because its rider keeps steering under the fall.|Tyres filled with air were first made for a child's tricycle.
the Moon|The Moon always turns the same side to Earth.|Its pull raises the tides twice a day in most places.|There is no air on the Moon, so footprints there can last for ages.|It takes a little more than 27 days to go round Earth once.
paper|Paper is made of plant fibres that are soaked, spread out and dried.|It can be recycled about six times before its fibres grow too short.|The size of a sheet of A4 is half that of A3.|Before wood was used, paper came from rags.
the octopus|An octopus has three hearts and blue blood.|Each of its eight arms can taste what it touches.|It changes the colour and even the texture of its skin within a second.|An octopus in a tank can learn to unscrew a jar.
rainbows|A rainbow appears when sunlight meets drops of water in front of you and the sun is behind you.|Red is always on the outside of the main arc.|From an aeroplane a rainbow can be a full circle.|Two people never see quite the same rainbow.
chess|Chess is played on 64 squares by two players with 16 pieces each.|The queen moves in straight lines in any direction.|A pawn that reaches the far side may become a queen.|A game is over when a king is attacked and cannot escape.
tea|Green and black tea come from the same plant.|Black tea is darker because its leaves are left to oxidise.|Water that is too hot makes green tea bitter.|After water, tea is the most common drink in the world.
volcanoes|A volcano is a place where melted rock reaches the surface.|Ash makes the soil around a volcano rich in the long run.|Some eruptions are gentle streams of lava, others explode.|Many volcanoes lie where two plates of the crust meet.
the compass|The needle of a compass is a small magnet.|It points towards the magnetic north, which is not quite the true one.|Iron nearby can lead a compass astray.|Sailors used it on cloudy nights when no star could be seen.
coral reefs|Corals are tiny animals that build skeletons of limestone.|A quarter of all sea creatures live on reefs at some time of their life.|Reefs protect the coast from high waves.|Warm water makes corals lose their colour and may kill them.
the violin|A violin has four strings that are tuned in fifths.|The bow's hair pulls at the string and lets it go hundreds of times a second.|A small post inside carries the sound from the top to the back.|Players press the strings without frets, so they must hear where a note is.
glass|Glass is made by melting sand with soda and lime.|It can be recycled again and again without losing quality.|Window glass is floated on a bath of liquid tin to make it flat.|Thick glass cracks easily in heat because its parts expand unevenly.
the potato|Potatoes were first grown in the mountains of South America.|A potato is a thickened stem, not a root.|Green spots on a potato should be cut away, since they hold a poison.|There are several thousand kinds of potatoes.
owls|An owl can turn its head three quarters of a circle.|Soft edges on its feathers make its flight silent.|Its ears sit at different heights, which helps it find mice in the dark.|Owls cough up pellets of bones and fur.
the printing press|Movable type let printers use the same letters for many pages.|Books became cheap enough for ordinary people to own.|Early printers often worked with presses like those for wine.|Spelling became more uniform once books were printed.
deserts|A desert is a place with very little rain, hot or cold.|Sand covers only a part of most deserts.|Desert plants store water or sleep as seeds for years.|Nights in a desert are cold because dry air does not hold the heat.
the heart|The heart is a muscle about the size of a fist.|It beats around 100,000 times a day.|Its right side sends blood to the lungs, its left side to the body.|Regular walking makes it stronger.
maps|Every flat map of the Earth distorts something.|The scale says how much smaller the map is than the land.|Lines of equal height stand close together where the ground is steep.|North is at the top by habit, not by necessity.
snow|No rule says that two snowflakes must differ, yet they nearly always do.|Snow is full of air, which makes it a good insulator.|It sounds dull after snowfall because the flakes swallow noise.|Ten centimetres of fresh snow melt to about one of water.
the bridge|A suspension bridge hangs its road from cables.|An arch carries weight by pressing against its two ends.|Long bridges have gaps, since steel grows in summer.|Soldiers break step on a bridge so that it does not swing.
whales|Whales are mammals that come up for air.|The blue whale is the largest animal that has ever lived.|Humpback whales sing songs that change from year to year.|Some whales sleep upright in the water.
salt|Salt comes from mines or from sea water that is left to dry.|It keeps food from spoiling because it draws the water out.|A pinch of salt brings out sweetness as well.|Roads are salted in winter because salt water freezes later.
the clock|A pendulum of one metre swings to one side in about a second.|Clocks on ships made it possible to find the longitude.|A quartz crystal in a watch vibrates 32,768 times a second.|Church clocks had only one hand for a long time.
bats|Bats are the only mammals that truly fly.|Many find their way by listening to the echo of their calls.|One bat may eat hundreds of insects in a night.|They hang upside down because it makes taking off easy.
wind turbines|A wind turbine turns moving air into electricity.|Twice the wind speed gives eight times the power.|The blades turn slowly, but their tips move fast.|Turbines are stopped in a storm to protect them.
the tomato|The tomato is a fruit to a botanist and a vegetable to a cook.|It came to Europe from the Americas.|Tomatoes lose flavour in the fridge.|They ripen on the window sill when picked green.
libraries|A library lends books so that one copy serves many readers.|Most libraries shelve books by subject.|Librarians help people to find and judge information.|Some libraries lend tools, games and seeds as well.
penguins|Penguins cannot fly but swim very well.|Emperor penguins keep their eggs warm on their feet.|They huddle against the cold and take turns on the outside.|All wild penguins but a few live south of the equator.
rice|Rice feeds more than half of the people on Earth.|Most rice grows in flooded fields, where weeds drown.|Brown rice still has its bran.|Short grains stick together, long ones stay apart.
the telescope|A telescope gathers more light than the eye.|Mirrors are used for large telescopes because lenses would sag.|Looking far away means looking back in time.|Observatories stand on mountains, above much of the air.
soap|A soap molecule holds water at one end and fat at the other.|It lifts grease from the skin so that water can carry it off.|Soap was boiled from fat and ashes for centuries.|Washing hands for twenty seconds removes most germs.
ants|Ants find the way to food by following scent.|A colony can act wisely though each ant is simple.|Some ants keep aphids and drink their sweet juice.|An ant can carry many times its own weight.
earthquakes|An earthquake is a sudden slip along a crack in the crust.|Most quakes are too weak to be felt.|Houses that can bend are safer than stiff ones.|It is wise to take cover under a strong table.
the piano|A piano has 88 keys.|Each key throws a felt hammer at the strings.|How hard a key is struck decides how loud the note is.|A piano is tuned once or twice a year.
trains|Steel wheels on steel rails roll with little friction.|A train needs a long way to stop.|Rails are welded to make the ride smooth.|Goods by rail need much less fuel than by road.
cheese|Cheese is milk without most of its water.|Rennet makes milk set into curds.|The holes in some cheeses come from bubbles of gas.|Hard cheese keeps longer than soft cheese.
forests|A forest cools the air around it.|Fungi connect the roots of many trees.|Dead wood is home to beetles, birds and mushrooms.|Mixed forests stand storms better than those with a single kind of tree.
the camera|A camera lets light through a small opening onto a sensor.|A wide opening blurs the background.|A long exposure turns moving water into mist.|The first photographs needed minutes of light.
spiders|Spiders have eight legs and are not insects.|Their silk is stronger than steel of the same weight.|Many spiders eat their web and build a new one.|Young spiders sail on threads in the wind.
money|Money saves people from having to barter.|Coins were first made where trade was lively.|Prices rise when there is more money but not more to buy.|Most money today exists only in accounts.
sleep|Adults need seven to nine hours of sleep.|The brain sorts memories while we sleep.|Bright screens in the evening make it harder to fall asleep.|A regular bedtime helps more than sleeping late on Sundays.
rivers|A river runs faster on the outside of a bend.|It carries sand and mud down to the sea.|Old towns often lie where a river could be crossed.|Wetlands along a river soften floods.
butterflies|A butterfly tastes with its feet.|Its wings are covered with tiny scales.|Caterpillars of many kinds eat only one plant.|Some butterflies travel thousands of kilometres.
the alphabet|An alphabet writes sounds instead of whole words.|Our letters come by way of Rome and Greece from Phoenicia.|The letter e is the most frequent one in English.|Some alphabets are written from right to left.
concrete|Concrete is a mix of cement, water, sand and stones.|It hardens by a reaction, not by drying.|Steel bars inside take the pull that concrete cannot.|Making cement sets free a lot of carbon dioxide.
elephants|Elephants greet each other with their trunks.|A herd is led by an old cow.|They hear sounds that are too deep for us.|Big ears help them to keep cool.
coffee|Coffee beans are the seeds of a red cherry.|Roasting gives them their colour and smell.|Finely ground coffee gives up its flavour faster.|Caffeine blocks the signal that makes us tired.
"""

# dish | serves | ingredients | step | step | step | step
_DISHES = """
lentil soup|4|red lentils, an onion, two carrots, cumin, vegetable stock|Chop the onion and the carrots and soften them in oil.|Add the cumin and the lentils and stir for a minute.|Pour in the stock and simmer for twenty minutes.|Season with salt and a squeeze of lemon.
potato salad|6|waxy potatoes, a cucumber, mustard, vinegar, chives|Boil the potatoes in their skins and peel them while warm.|Whisk vinegar, mustard, oil and salt.|Slice the potatoes into the dressing.|Fold in cucumber and chives and let it rest for an hour.
apple crumble|4|apples, flour, butter, sugar, cinnamon|Peel and slice the apples and spread them in a dish.|Rub butter, flour and sugar into crumbs.|Scatter the crumbs and the cinnamon on top.|Bake at 190 degrees for half an hour.
tomato pasta|2|spaghetti, tinned tomatoes, garlic, basil, olive oil|Warm the garlic gently in olive oil.|Add the tomatoes and cook them down for fifteen minutes.|Boil the spaghetti until just firm.|Toss everything with torn basil and some cooking water.
vegetable curry|4|cauliflower, chickpeas, coconut milk, curry paste, spinach|Fry the curry paste for a minute.|Add cauliflower, chickpeas and coconut milk.|Simmer until the cauliflower is tender.|Stir in the spinach just before serving.
pancakes|4|flour, milk, two eggs, a pinch of salt, butter|Whisk flour, milk, eggs and salt to a smooth batter.|Let the batter rest for fifteen minutes.|Fry ladlefuls in hot butter until golden.|Turn once and keep them warm in the oven.
bean chilli|6|kidney beans, tinned tomatoes, peppers, chilli powder, cocoa|Fry the peppers until they colour.|Add chilli powder and a teaspoon of cocoa.|Add beans and tomatoes and simmer for forty minutes.|Serve with rice and yoghurt.
fried rice|2|cold cooked rice, an egg, peas, spring onions, soy sauce|Heat a pan until it smokes.|Scramble the egg quickly and set it aside.|Fry the rice with peas until it crackles.|Return the egg with soy sauce and spring onions.
mushroom risotto|3|risotto rice, mushrooms, stock, a shallot, parmesan|Brown the mushrooms and keep them aside.|Soften the shallot and toast the rice.|Add hot stock one ladle at a time, stirring.|Finish with parmesan and the mushrooms.
flatbread|8|flour, yoghurt, baking powder, salt, olive oil|Mix everything but the oil to a soft dough.|Rest it under a cloth for ten minutes.|Roll out eight thin rounds.|Bake each in a hot dry pan for two minutes a side and brush with oil.
fish pie|4|white fish, leeks, milk, mashed potatoes, peas|Poach the fish in milk.|Thicken the milk with butter and flour.|Layer fish, leeks and peas with the sauce.|Top with mash and bake until golden.
oat biscuits|20|oats, butter, syrup, flour, raisins|Melt the butter with the syrup.|Stir in oats, flour and raisins.|Set spoonfuls on a tray.|Bake for twelve minutes and cool on the tray.
"""

# how to … | step | step | step | what to watch out for
_HOWTOS = """
repot a house plant|Choose a pot that is two fingers wider than the old one.|Loosen the root ball and shake off the old soil.|Set the plant at the same depth, fill up with fresh soil and water it.|Do not fertilise for a month, because fresh soil is rich enough.
remove a coffee stain from a shirt|Rinse the back of the stain with cold water.|Work in a little washing-up liquid and wait ten minutes.|Wash the shirt as usual and check before drying.|Heat sets the stain, so keep it away from the dryer until it is gone.
prepare for a job interview|Read about the company and note three questions of your own.|Match each requirement with a short story from your work.|Practise aloud with a friend.|Plan the journey so that you arrive ten minutes early, not thirty.
change a bicycle tube|Take out the wheel and let out the remaining air.|Lift one side of the tyre with levers and pull the tube out.|Look for the thorn in the tyre, then fit the new tube slightly inflated.|Check that the tube is not pinched before you pump it up.
start a small herb garden|Pick a sunny window sill and pots with holes.|Sow basil, chives and parsley thinly and cover them with little soil.|Keep the soil moist and turn the pots every few days.|Too much water kills more herbs than too little.
back up a laptop|Buy an external drive with twice the space that you use.|Switch on the backup program of your system and choose the drive.|Let the first backup run overnight and restore one file as a test.|A drive that is always plugged in can be lost together with the laptop.
write a letter of complaint|Say in the first sentence what you bought and when.|Describe the fault and what you have tried so far.|State what you expect and by which date.|Stay polite, since the reader probably did not cause the fault.
learn a poem by heart|Read it aloud several times and note where it turns.|Learn two lines at a time and add them to the earlier ones.|Recite it before going to sleep and again the next morning.|Learning the whole at once takes longer than small pieces.
plan a weekly budget|Write down what comes in and what must go out.|Divide the rest by four and set aside a little for surprises.|Note what you spend each evening for one month.|A plan that leaves nothing for fun is seldom kept.
defrost a freezer|Unplug it and move the food to a cool box.|Put a bowl of hot water inside and lay towels in front.|Wipe it dry when the ice has fallen off and switch it on again.|Never chip at the ice with a knife, as the pipes are thin.
fall asleep more easily|Go to bed at the same time every day.|Dim the lights and put the phone away an hour before.|Keep the room cool, dark and quiet.|If you lie awake for long, get up and read something dull.
make a good first impression on new neighbours|Greet them when you meet on the stairs.|Ring the bell once and introduce yourself briefly.|Tell them when you plan a party and ask them to join.|Do not stay too long on the first visit.
choose hiking boots|Try them on in the afternoon, when feet are larger.|Wear the socks that you will hike in.|Walk down a ramp and check that your toes do not touch the front.|New boots need a few short walks before a long one.
take better photos with a phone|Wipe the lens and look where the light comes from.|Move closer instead of zooming.|Place the subject off the centre and hold still.|Flash makes faces flat, so look for a window first.
clean a cast iron pan|Rinse it warm while it still holds some heat.|Scrub it with salt and a brush.|Dry it on the stove and rub in a drop of oil.|Do not leave it to soak, since it rusts overnight.
train for a ten kilometre run|Run three times a week with a day of rest in between.|Make one run slow and long, one short and quick, one easy.|Add no more than a tenth of the distance each week.|Pain that grows while running is a reason to stop.
move house without chaos|Give away what you have not used for a year.|Number the boxes and list what is in them.|Pack one bag with all that you need for two days.|Fill boxes of books only halfway, or nobody can lift them.
set up a home wireless network|Place the router high up and in the middle of the flat.|Change its password and update it.|Choose a network name and use the strongest encryption offered.|Thick walls and microwave ovens weaken the signal.
teach a child to swim|Let the child get used to water on the face.|Practise floating with a hand under the back.|Add kicking first and the arms later.|Swimming aids do not replace an adult within reach.
brew good filter coffee|Grind the beans just before brewing.|Use sixty grams a litre and water just off the boil.|Wet the grounds, wait half a minute and pour slowly.|Coffee that stands on a hot plate turns bitter.
"""


def _table(text: str) -> list[list[str]]:
    return [line.split("|") for line in text.strip().splitlines()]


TOPICS: list[list[str]] = _table(_TOPICS)
DISHES: list[list[str]] = _table(_DISHES)
HOWTOS: list[list[str]] = _table(_HOWTOS)
