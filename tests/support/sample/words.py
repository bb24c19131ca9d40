"""Names, places, things and nouns."""

from __future__ import annotations

_SHE = """
Amara Beatrix Carmen Daria Edda Farah Greta Hana Imani Juno Keiko Lena Mireille Nadia Odette Priya Rosalind
Saoirse Tamsin Ursula Vera Wanda Yara Zelda
"""
_HE = """
Anton Bjorn Cedric Dario Elias Farid Gustav Hamza Ivo Jonas Kofi Lorenzo Malik Nikolai Otto Pedro Quentin Ravi
Stefan Tobias Umberto Viktor Wesley Yusuf
"""

# name, subject pronoun, possessive
NAMES: list[tuple[str, str, str]] = [
    *((name, "she", "her") for name in _SHE.split()),
    *((name, "he", "his") for name in _HE.split()),
]

_CITIES = """
Lisbon Porto Madrid Seville Valencia Bilbao Toulouse Lyon Marseille Bordeaux Geneva Zurich Milan Turin Naples
Palermo Vienna Salzburg Graz Munich Hamburg Leipzig Dresden Cologne Prague Brno Warsaw Krakow Gdansk Budapest
Zagreb Split Belgrade Sofia Athens Istanbul Ankara Izmir Cairo Tunis Rabat Casablanca Dakar Accra Lagos
Nairobi Kampala Lusaka Windhoek Muscat Doha Amman Beirut Tbilisi Yerevan Tashkent Mumbai Chennai Kolkata
Jaipur Colombo Dhaka Bangkok Hanoi Manila Jakarta Osaka Kyoto Sapporo Seoul Busan Taipei Perth Adelaide Hobart
Auckland Wellington Vancouver Montreal Toronto Halifax Boston Chicago Denver Seattle Portland Havana Bogota
Quito Lima Santiago Montevideo Oslo Bergen Stockholm Helsinki Tallinn Riga Vilnius Dublin Cork Glasgow
Edinburgh Cardiff Bristol Leeds York
"""
CITIES: list[str] = _CITIES.split()

GROUPS: dict[str, str] = {
    "fruit": "apple pear plum cherry peach mango banana apricot grape fig kiwi melon papaya quince",
    "tools": "hammer saw chisel pliers wrench screwdriver drill file level clamp spade rake",
    "birds": "sparrow robin crow gull swan heron falcon magpie thrush finch stork pelican",
    "furniture": "table chair shelf sofa desk wardrobe stool bench cupboard armchair dresser bunk",
    "musical instruments": "violin flute trumpet harp cello oboe drum guitar clarinet piano banjo tuba",
    "weather": "rain snow hail fog thunder drizzle sleet breeze frost storm sunshine mist",
    "clothes": "shirt coat scarf glove sock trousers skirt jacket jumper cap blouse vest",
    "vehicles": "bus tram lorry bicycle train ferry scooter taxi van tractor canoe airship",
    "colours": "red blue green yellow purple orange brown turquoise beige crimson violet grey",
    "trees": "oak birch maple pine willow beech cedar elm ash larch poplar chestnut",
    "body parts": "elbow knee shoulder ankle wrist thumb chin heel forehead hip ear neck",
    "kitchen things": "kettle saucepan whisk ladle grater colander spoon toaster sieve teapot peeler funnel",
    "jobs": "baker nurse plumber teacher pilot tailor farmer judge carpenter librarian dentist potter",
    "shapes": "circle square triangle rectangle oval hexagon pentagon cube cone sphere cylinder rhombus",
    "vegetables": "carrot leek spinach onion cabbage turnip pepper celery radish beetroot parsnip courgette",
    "metals": "iron copper zinc silver gold tin nickel lead titanium aluminium platinum cobalt",
    "feelings": "joy anger fear pride envy sorrow relief shame hope boredom gratitude delight",
    "sports": "tennis rowing fencing football judo sailing hockey skiing boxing cricket rugby badminton",
    "insects": "beetle moth wasp ant cricket mosquito dragonfly ladybird flea grasshopper bee earwig",
    "drinks": "tea coffee lemonade cocoa water cider juice milkshake cordial smoothie squash buttermilk",
}

_REGULAR = """
apple lamp garden window river pencil table cloud basket engine mountain button candle ticket pillow hammer
blanket teacher doctor farmer sister uncle neighbour student pocket bottle carpet mirror curtain drawer
kitchen corner station village bridge island forest valley harbour market museum theatre castle tower street
letter parcel magazine camera guitar keyboard printer cable battery bicycle lorry tractor ferry rocket planet
comet lion tiger monkey donkey parrot eagle spider beetle lizard turtle rabbit squirrel hedgehog carrot onion
mushroom cucumber biscuit pancake sausage sandwich dish brush church match watch bus class glass dress boss
fox box tax lunch beach branch coach witch bench inch kiss cross address baby city lady party story country
family berry puppy pony army body copy duty enemy fairy hobby jelly library diary cherry daisy county victory
colony boy toy key valley tray essay delay journey chimney
"""
REGULAR: list[str] = _REGULAR.split()

_IRREGULAR = """
child:children man:men woman:women foot:feet tooth:teeth goose:geese mouse:mice louse:lice ox:oxen
person:people wolf:wolves knife:knives leaf:leaves loaf:loaves shelf:shelves half:halves calf:calves
thief:thieves wife:wives life:lives scarf:scarves elf:elves potato:potatoes tomato:tomatoes hero:heroes
echo:echoes torpedo:torpedoes sheep:sheep deer:deer fish:fish series:series species:species aircraft:aircraft
salmon:salmon crisis:crises analysis:analyses thesis:theses oasis:oases cactus:cacti fungus:fungi
nucleus:nuclei criterion:criteria phenomenon:phenomena bacterium:bacteria passer-by:passers-by
mother-in-law:mothers-in-law roof:roofs chief:chiefs belief:beliefs cliff:cliffs photo:photos piano:pianos radio:radios
zoo:zoos kangaroo:kangaroos quiz:quizzes policeman:policemen snowman:snowmen grandchild:grandchildren
dormouse:dormice eyetooth:eyeteeth bookshelf:bookshelves penknife:penknives midwife:midwives
"""
IRREGULAR: dict[str, str] = dict(pair.split(":") for pair in _IRREGULAR.split())

# Nouns with a second plural.
ALSO: dict[str, str] = {
    "cactus": "cactuses",
    "fungus": "funguses",
    "scarf": "scarfs",
    "fish": "fishes",
    "person": "persons",
}
