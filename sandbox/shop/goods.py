"""What the shop sells."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Good:
    """Something to buy; `picture` names a drawing in static/shop. The price is in euros."""

    slug: str
    name: str
    price: str
    line: str
    text: str
    picture: str


GOODS = {
    good.slug: good
    for good in (
        Good(
            "lume-table-lamp",
            "Lume table lamp",
            "148",
            "Linen shade on a turned foot of Tuscan clay",
            "Each foot is thrown by hand and fired twice. The shade is washed linen; the bulb is in the box. "
            "38 cm high, 2 m of cord in cotton.",
            "lamp",
        ),
        Good(
            "olio-carafe",
            "Olio carafe",
            "36",
            "For oil or water, with a lip that does not drip",
            "Half a litre, glazed inside and out. It may go into the dishwasher, and looks better for it.",
            "carafe",
        ),
        Good(
            "campo-bowl",
            "Campo bowl",
            "24",
            "The bowl that ends up in use every day",
            "16 cm wide, deep enough for soup. In cream, sage and terracotta; stacks with its sisters.",
            "bowl",
        ),
        Good(
            "sera-vase",
            "Sera vase",
            "62",
            "One branch is enough",
            "A narrow neck on a wide foot, so that it stands where cats walk. 24 cm high, matt glaze.",
            "vase",
        ),
        Good(
            "alba-cup",
            "Alba cup, set of two",
            "32",
            "Thin where you drink, thick where you hold",
            "18 cl each. Made on Mondays, because Mondays need them.",
            "cup",
        ),
        Good(
            "nido-planter",
            "Nido planter",
            "54",
            "With a saucer of the same clay",
            "Breathes, as roots like it. 20 cm across; frost-proof when it is emptied before winter.",
            "planter",
        ),
    )
}
