"""Words that are spelled right, although they are one slip away from a word of ours: they are not taken for it."""

from __future__ import annotations

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ORDINARY: Final = _words(
    "burnt burned burns codes modes mouth pairs parts prize prizes pride prince reverse mental custom customs music "
    "musical noise paint paints party parties prime stock stocks store stores story stories trick tricks threat vague "
    "window coast reality print prints nurse horse house houses mouse stake steak plane planes power theory thread "
    "toast trail coal count country cousin escola escolas costa imposto impostos mesa mesas visita visitas sorte "
    "corte costas credito porta portas posto pista musica musicas casa casas caso carro carros cargo moda mundo conto "
    "contos tempo templo vida rosto gosto custou aumento disco discos livro livros praia festa viagem salario saldo "
    "banca carta cartas preta prato pratos"
)
