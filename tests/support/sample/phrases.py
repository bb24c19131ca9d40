"""Hand-written pieces for letters, rewrites, names, trips and code."""

# ruff: noqa: E501 - one record a line reads best

from __future__ import annotations

PEOPLE = [
    ("my landlord", "Dear Mr Okafor"), ("a former teacher", "Dear Ms Lindqvist"), ("the head of the library", "Dear Dr Amsel"),
    ("my cousin", "Dear cousin"), ("a customer", "Dear Mrs Halloran"), ("my team", "Hello everybody"), ("the town council", "Dear council members"),
    ("the neighbours", "Dear neighbours"), ("my sports club", "Dear friends"), ("an old colleague", "Dear Benedikt"),
]  # fmt: skip

# reason | first sentence | two ways to go on
LETTERS = [
    ("about a broken window", "A window in the stairwell has been broken since Sunday.", "Could you send somebody before it rains again?", "I have covered it for now, but it will not hold for long."),
    ("to move an appointment", "I am afraid that I cannot come on Thursday as we had agreed.", "Would the following Tuesday suit you?", "Any afternoon of next week would be fine for me."),
    ("to say thank you for a gift", "The parcel arrived this morning and made me very happy.", "The little lamp stands on my desk already.", "You remembered how much I like maps."),
    ("to invite them to a summer party", "We are having a party in the courtyard on the last Saturday of June.", "Please bring something to grill and your good mood.", "There will be music until ten and cake before that."),
    ("to ask for a reference", "I am applying for a post at a museum and need a reference.", "Would you be willing to write a few lines about our time together?", "The letter is due at the end of the month."),
    ("to apologise for being late", "I am sorry that you had to wait for me yesterday.", "The tram had stopped in the tunnel and I had no signal.", "Next time I will take the earlier train."),
    ("about lost keys", "I have lost a ring with three keys, one of them red.", "If you find it, please leave it at the bakery downstairs.", "There will be a box of chocolates for the finder."),
    ("with an idea for a book swap", "I would like to put up a shelf where everyone may leave and take books.", "All it needs is a dry corner and a sign.", "Two friends have offered to build it at no cost."),
    ("to cancel a subscription", "Please cancel my subscription at the end of this quarter.", "I would be glad to have that confirmed in writing.", "I have enjoyed it, but I no longer have the time."),
    ("to report a fault in the street lighting", "Three lamps near the footbridge have been dark for two weeks.", "Many children walk there in the evening.", "It would be good if they were repaired before winter."),
    ("to congratulate on a new job", "I have just heard about your new job and am delighted.", "They could not have found anybody better.", "Let us celebrate as soon as you have settled in."),
    ("to ask for the return of a drill", "In spring I lent you my drill, and now I need it myself.", "I could come by on Friday to fetch it.", "There is no hurry, but this week would be good."),
]  # fmt: skip

# active | passive | past | question
REWRITES = [
    ("The gardener waters the roses every evening.", "The roses are watered by the gardener every evening.", "The gardener watered the roses every evening.", "Does the gardener water the roses every evening?"),
    ("A retired judge writes the village newsletter.", "The village newsletter is written by a retired judge.", "A retired judge wrote the village newsletter.", "Does a retired judge write the village newsletter?"),
    ("The twins carry the heavy basket.", "The heavy basket is carried by the twins.", "The twins carried the heavy basket.", "Do the twins carry the heavy basket?"),
    ("My aunt keeps seven hens.", "Seven hens are kept by my aunt.", "My aunt kept seven hens.", "Does my aunt keep seven hens?"),
    ("The council repairs the old pier.", "The old pier is repaired by the council.", "The council repaired the old pier.", "Does the council repair the old pier?"),
    ("A famous chef judges the cake contest.", "The cake contest is judged by a famous chef.", "A famous chef judged the cake contest.", "Does a famous chef judge the cake contest?"),
    ("The students build a small radio.", "A small radio is built by the students.", "The students built a small radio.", "Do the students build a small radio?"),
    ("The wind opens the kitchen door.", "The kitchen door is opened by the wind.", "The wind opened the kitchen door.", "Does the wind open the kitchen door?"),
    ("Our neighbour feeds the stray cat.", "The stray cat is fed by our neighbour.", "Our neighbour fed the stray cat.", "Does our neighbour feed the stray cat?"),
    ("The orchestra plays a slow waltz.", "A slow waltz is played by the orchestra.", "The orchestra played a slow waltz.", "Does the orchestra play a slow waltz?"),
    ("The pilot checks the fuel twice.", "The fuel is checked twice by the pilot.", "The pilot checked the fuel twice.", "Does the pilot check the fuel twice?"),
    ("Two brothers run the ferry.", "The ferry is run by two brothers.", "Two brothers ran the ferry.", "Do two brothers run the ferry?"),
    ("The baker hides a coin in the loaf.", "A coin is hidden in the loaf by the baker.", "The baker hid a coin in the loaf.", "Does the baker hide a coin in the loaf?"),
    ("The librarian repairs torn pages.", "Torn pages are repaired by the librarian.", "The librarian repaired torn pages.", "Does the librarian repair torn pages?"),
    ("A single lamp lights the long corridor.", "The long corridor is lit by a single lamp.", "A single lamp lit the long corridor.", "Does a single lamp light the long corridor?"),
    ("The children draw a map of the island.", "A map of the island is drawn by the children.", "The children drew a map of the island.", "Do the children draw a map of the island?"),
    ("The vet examines the limping horse.", "The limping horse is examined by the vet.", "The vet examined the limping horse.", "Does the vet examine the limping horse?"),
    ("The mayor rings the bell at noon.", "The bell is rung at noon by the mayor.", "The mayor rang the bell at noon.", "Does the mayor ring the bell at noon?"),
    ("Volunteers clean the beach in April.", "The beach is cleaned by volunteers in April.", "Volunteers cleaned the beach in April.", "Do volunteers clean the beach in April?"),
    ("A narrow path crosses the moor.", "The moor is crossed by a narrow path.", "A narrow path crossed the moor.", "Does a narrow path cross the moor?"),
    ("The tailor measures every sleeve.", "Every sleeve is measured by the tailor.", "The tailor measured every sleeve.", "Does the tailor measure every sleeve?"),
    ("The app counts our steps.", "Our steps are counted by the app.", "The app counted our steps.", "Does the app count our steps?"),
]  # fmt: skip

SHOPS = [
    ("a shop that mends umbrellas", "'Second Rain': every umbrella gets another chance to keep somebody dry."),
    ("a bakery run by three sisters", "'Three Crusts': short, warm, and it tells who is behind the counter."),
    ("a bookshop on a boat", "'The Floating Shelf': it says at once what is sold and where."),
    ("a repair café for old radios", "'Warm Valves': the glow of the tubes is what visitors remember."),
    ("a shop for left-handed people", "'The Other Hand': friendly, and it names the customer."),
    ("a florist next to a hospital", "'Get Well Green': it speaks to those who are on their way to a visit."),
    ("a bicycle courier service", "'Pedal Post': two words, one picture."),
    ("a swimming school for adults", "'Deep Breath': it is the first lesson and a promise of calm."),
    ("a tea stall in a train station", "'Platform Leaf': travellers will find it without a map."),
    ("a choir for people who cannot sing", "'Almost in Tune': nobody will be afraid to join."),
    ("a company that cleans windows", "'Clear View': what the customer sees when the work is done."),
    ("a game club in a library", "'Quiet Dice': it reminds players where they are."),
]  # fmt: skip

TRIPS = [
    ("a winter weekend in a mountain hut", "a sleeping bag, slippers, a torch and wool socks", "Huts are cold at night, so warm layers matter most."),
    ("a day at the beach with two toddlers", "sun hats, sunscreen, water and a tent for shade", "Small children burn quickly, so shade comes first."),
    ("a cycling tour along a canal", "a repair kit, rain clothes and two bottles", "There are few shops on the towpath, so carry a spare tube."),
    ("a job interview in another city", "a pressed shirt, printed papers and a charger", "Pack everything in hand luggage, since a lost suitcase cannot be replaced in time."),
    ("a week on a sailing boat", "soft bags, light shoes and something against seasickness", "There is no room for hard suitcases on board."),
    ("a concert in an open field", "ear plugs, a raincoat and cash", "Ear plugs protect your hearing without spoiling the music."),
    ("a night in a desert camp", "a warm jacket, a scarf and a head lamp", "The heat of the day is gone an hour after sunset."),
    ("a school trip to a farm", "rubber boots, old clothes and a lunch box", "Clean shoes for the way home keep the bus driver happy."),
    ("a long train journey with a dog", "a bowl, a blanket and the vaccination papers", "Plan a stop of a quarter of an hour every few hours."),
    ("a walking holiday in spring", "broken-in boots, a map and a rain cover", "Weather changes fast in spring, so be ready for both sun and sleet."),
]  # fmt: skip

CODE = [
    ("Write a Python function that reverses the words of a sentence.", "def reverse_words(sentence):\n    return ' '.join(reversed(sentence.split()))"),
    ("Write a Python function that tells whether a year is a leap year.", "def is_leap(year):\n    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)"),
    ("Write a Python function that counts the vowels in a text.", "def count_vowels(text):\n    return sum(letter in 'aeiou' for letter in text.lower())"),
    ("Write a Python function that returns the second largest number of a list.", "def second_largest(numbers):\n    return sorted(set(numbers))[-2]"),
    ("Write a Python function that groups words by their first letter.", "def by_first_letter(words):\n    groups = {}\n    for word in words:\n        groups.setdefault(word[0], []).append(word)\n    return groups"),
    ("Write a Python function that checks whether a word is a palindrome.", "def is_palindrome(word):\n    word = word.lower()\n    return word == word[::-1]"),
    ("Write a Python function that flattens a list of lists.", "def flatten(lists):\n    return [item for inner in lists for item in inner]"),
    ("Write a Python function that computes the greatest common divisor of two numbers.", "def gcd(a, b):\n    while b:\n        a, b = b, a % b\n    return a"),
    ("Write a Python function that removes duplicates but keeps the order.", "def unique(items):\n    return list(dict.fromkeys(items))"),
    ("Write a Python function that reads a file and returns its longest line.", "def longest_line(path):\n    with open(path) as file:\n        return max(file, key=len).rstrip('\\n')"),
    ("Write a Python function that rolls two dice and returns their sum.", "import random\n\ndef roll():\n    return random.randint(1, 6) + random.randint(1, 6)"),
]  # fmt: skip
