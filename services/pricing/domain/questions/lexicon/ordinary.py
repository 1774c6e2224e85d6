"""Words that are spelled right, although they are one slip away from a word of ours: they are not taken for it."""

from __future__ import annotations

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ORDINARY: Final = _words(
    "return provided parse trace track tracks passed chars chart child param bases rules handles stats others "
    "protection trailing blank timer scripts script ignored notes reader sources texts counts points marker "
    "replaced clean forge forged cached platforms click clock clocks cache caches tested agent problem problems "
    "tables table damages developer reads places newer shown slack protected marked sending reuse extras stated "
    "abort writes issued placed alter certs stating records listen limiter white theme formal concepts unions "
    "contracts issuer leaves saying temps filling failing partials resent stars sharing spent besides recipes timed "
    "familiar banner spelling stages brings describes forked wrote cheat chose ideas court singles recovery existed "
    "locking looking served packet tends verbs suites probe retained seeing turning pause stale consist forming "
    "leaking rocks relations monkey paging speeding ruler spare races shells interior longs serial loses accents "
    "cites committee staple graphic clarity hinting loser shorts purge walks wakes passa formas raising boring "
    "bringing caring daring fairly faster latter letter litter matters meeting mining naming nearly needle paired "
    "parked patent picked pieces posted posting rather reason rested sharp shirt shore sport stored store tasted "
    "treat tried twist wasted wider winter worst written preso prova provas passo passos pasta peso pesos pontos "
    "postos quase queda rede redes regras ritmo sabor saber saida saldo senha tarde texto textos titulo todos troca "
    "turma verde volta vozes chamada chamado comida contado costume criado dado dados deste destes disse feira "
    "ferias final firma fonte forca forma idade "
    "burnt burned burns codes modes mouth pairs parts prize prizes pride prince reverse mental custom customs music "
    "musical noise paint paints party parties prime stock stocks store stores story stories trick tricks threat vague "
    "window coast reality print prints nurse horse house houses mouse stake steak plane planes power theory thread "
    "toast trail coal count country cousin escola escolas costa imposto impostos mesa mesas visita visitas sorte "
    "corte costas credito porta portas posto pista musica musicas casa casas caso carro carros cargo moda mundo conto "
    "contos tempo templo vida rosto gosto custou aumento disco discos livro livros praia festa viagem salario saldo "
    "banca carta cartas preta prato pratos"
)
