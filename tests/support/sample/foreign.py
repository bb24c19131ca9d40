"""Instructions and answers in other languages than English."""

# ruff: noqa: E501 - one record a line reads best, and Chinese has its own commas

from __future__ import annotations

# language | instruction | answer
_FOREIGN = """
de|Erkläre in zwei Sätzen, warum Brot beim Backen aufgeht.|Die Hefe im Teig wandelt Zucker in Gas um. Das Gas bleibt im Teig gefangen und dehnt sich in der Hitze des Ofens aus.
de|Schreibe eine kurze Einladung zu einem Sommerfest im Hof.|Liebe Nachbarn, am letzten Samstag im Juni feiern wir im Hof. Bringt bitte etwas zum Grillen und gute Laune mit!
de|Nenne drei Dinge, die man auf eine Bergwanderung mitnehmen sollte.|Man sollte genug Wasser, eine warme Jacke und eine Karte der Gegend einpacken.
de|Welches Tier baut Dämme aus Ästen und Schlamm?|Der Biber baut Dämme aus Ästen und Schlamm, damit der Eingang seiner Burg unter Wasser liegt.
de|Fasse den folgenden Gedanken zusammen: Wer jeden Tag ein wenig übt, lernt ein Instrument schneller als jemand, der nur am Wochenende lange spielt.|Regelmäßiges kurzes Üben bringt mehr als seltenes langes Üben.
de|Wie entfernt man einen Rotweinfleck aus einer Tischdecke?|Man streut sofort Salz auf den Fleck, lässt es einwirken und wäscht die Decke danach mit kaltem Wasser aus.
de|Setze den Satz in die Vergangenheit: Der Gärtner gießt jeden Abend die Rosen.|Der Gärtner goss jeden Abend die Rosen.
de|Warum ist es nach einem Schneefall draußen so still?|Frischer Schnee enthält viel Luft und schluckt deshalb die Geräusche der Umgebung.
de|Gib mir einen Tipp, wie ich morgens leichter aufstehe.|Stell den Wecker so weit vom Bett entfernt auf, dass du aufstehen musst, um ihn auszuschalten.
de|Was unterscheidet einen Fluss von einem Kanal?|Ein Fluss ist ein natürliches Gewässer, während ein Kanal von Menschen angelegt wurde.
fr|Explique en deux phrases pourquoi le ciel est bleu.|La lumière du soleil contient toutes les couleurs. L'air disperse le bleu plus que les autres, et nous le voyons donc partout au-dessus de nous.
fr|Écris un court message pour remercier une voisine.|Chère Madame, merci beaucoup d'avoir arrosé mes plantes pendant mes vacances. Elles n'ont jamais été aussi belles !
fr|Donne trois conseils pour mieux dormir.|Il faut se coucher à heure fixe, éviter les écrans le soir et garder la chambre fraîche.
fr|Quel est l'ingrédient principal d'une soupe à l'oignon ?|Ce sont les oignons, que l'on fait dorer lentement dans du beurre.
fr|Mets la phrase au futur : Le train arrive à midi.|Le train arrivera à midi.
fr|Pourquoi les chats ronronnent-ils ?|Les chats ronronnent souvent quand ils sont contents, mais aussi parfois pour se calmer quand ils ont mal.
fr|Comment peut-on économiser de l'eau à la maison ?|On peut prendre des douches plus courtes, réparer les robinets qui fuient et recueillir l'eau de pluie pour le jardin.
fr|Propose un nom pour une librairie installée sur un bateau.|« La Page Flottante » : le nom dit à la fois ce que l'on vend et où l'on se trouve.
fr|Résume cette idée : mieux vaut marcher un peu chaque jour que courir une seule fois par mois.|Un petit effort régulier vaut mieux qu'un grand effort rare.
fr|Quelle est la différence entre une île et une presqu'île ?|Une île est entourée d'eau de tous les côtés, alors qu'une presqu'île reste reliée à la terre.
es|Explica en dos frases por qué flota el hielo en el agua.|El agua se expande cuando se congela. Por eso el hielo pesa menos que la misma cantidad de agua y flota.
es|Escribe un mensaje breve para cambiar una cita con el dentista.|Buenos días, no podré ir el jueves como habíamos acordado. ¿Sería posible pasar la cita al martes siguiente?
es|Dime tres cosas que debo llevar a la playa con niños pequeños.|Debes llevar crema solar, mucha agua y algo que dé sombra, por ejemplo una tienda pequeña.
es|¿Qué animal cambia de color para esconderse de sus enemigos?|El pulpo cambia de color y hasta de textura en menos de un segundo.
es|Pon la frase en pasado: Mi tía cuida siete gallinas.|Mi tía cuidaba siete gallinas.
es|¿Cómo se prepara una tortilla de patatas sencilla?|Se fríen despacio las patatas cortadas, se mezclan con huevos batidos y se cuaja todo por los dos lados.
es|¿Por qué conviene leer antes de dormir en vez de mirar el teléfono?|La luz de la pantalla mantiene despierto al cerebro, mientras que un libro nos tranquiliza.
es|Resume la idea: quien ahorra un poco cada semana está mejor preparado cuando llega una sorpresa.|Ahorrar con regularidad ayuda a afrontar los imprevistos.
es|¿Qué diferencia hay entre un lago y una laguna?|Una laguna suele ser más pequeña y menos profunda que un lago.
es|Sugiere un nombre para una tienda que repara paraguas.|«Segunda Lluvia», porque cada paraguas recibe otra oportunidad.
zh|请用两句话解释为什么会出现彩虹。|太阳光照进空气中的水滴时会被折射和反射，不同颜色的光因此分开。站在背对太阳的地方，我们就能看到一道彩虹。
zh|写一条短信，感谢邻居帮忙照顾小猫。|王阿姨您好，谢谢您这几天照顾我家的小猫，它看起来胖了一圈，过两天我请您来家里吃饭。
zh|列出三条保持房间整洁的建议。|第一，用完的东西马上放回原处。第二，每天花十分钟收拾桌面。第三，每个月送走不再需要的东西。
zh|什么动物用树枝和泥土在河里筑坝？|河狸会用树枝和泥土在河里筑坝，这样它们的家门口就能一直藏在水下。
zh|怎样才能把绿茶泡得不苦？|水温不要太高，大约八十度就可以，泡的时间也不要超过两分钟。
zh|请概括这句话的意思：每天练习一会儿，比周末一次练很久更有效。|经常短时间练习的效果更好。
zh|为什么下雪以后外面特别安静？|新雪里面有很多空气，可以吸收周围的声音，所以外面显得特别安静。
zh|给一家开在船上的书店起个名字。|可以叫“漂流书屋”，名字里既有书，也有水。
zh|第一次去面试应该注意什么？|提前了解公司的情况，准备几个自己的例子，并且早到十分钟。
zh|湖和池塘有什么区别？|湖一般面积更大、水更深，池塘通常比较小，有时是人工挖成的。
"""

CHATS = [
    (
        "Kannst du mir einen Kuchen empfehlen, der ohne Eier gelingt?",
        "Gern! Ein Apfelstreuselkuchen gelingt auch ohne Eier, wenn der Teig genug Butter enthält.",
    ),
    (
        "Je cherche une idée de cadeau pour mon père qui aime la pêche.",
        "Offrez-lui une belle boîte pour ranger ses hameçons, ou un livre sur les rivières de sa région.",
    ),
    (
        "¿Me ayudas a elegir un libro para un viaje largo en tren?",
        "Claro que sí. Para un viaje largo te recomiendo una novela con capítulos cortos, así puedes parar cuando quieras.",
    ),
    ("我想学做一道简单的汤，你有什么推荐吗？", "推荐你做番茄鸡蛋汤，材料简单，十分钟就能完成，味道也很好。"),
]


def instructions() -> list[list[str]]:
    """Language, instruction and answer each."""
    return [line.split("|") for line in _FOREIGN.strip().splitlines()]
