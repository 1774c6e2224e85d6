"""Words for what is not ours: `(sign, value, English phrases, Portuguese phrases)`, phrases folded."""

from __future__ import annotations

from typing import Final

from services.pricing.domain.questions.lexicon.signs import Sign

DECLINING: Final[tuple[tuple[Sign, object, str, str], ...]] = (
    (
        Sign.ACTION,
        None,
        "~launch, ~create, ~delete, ~terminate, ~provision, ~reboot, ~destroy, ~resize, spinning up, spins up, spun "
        "up, fire up, firing up, bring up, bringing up, tear down, tearing down, shutting down, launch, create, "
        "delete, terminate, deploy, provision, shut down, reboot, destroy, start, stop, spin up, resize, buy, buy me, "
        "order me, cancel, book, migrate, purchase, kill",
        "cria, cria me, criem, sobe, sobe ai, coloca no ar, poe no ar, bota no ar, da pra comprar, da para comprar, "
        "pode comprar, podes comprar, comprar logo, compra, compra me, reserva me, alugue, liga, ligue, provisionar, "
        "provisiona, desligar, desliga, iniciar, inicia, reiniciar, reinicia, cancelar, cancela, apagar, apaga, "
        "excluir, exclui, remover, remove, contratar, lancar, derrubar, derruba, migrar, crie, criar, apague, apagar, "
        "exclua, remova, provisione, desligue, inicie, suba, delete, destrua, pare, cancele, lance, reinicie, compre, "
        "contrate, derrube, mate, migre, implante",
    ),
    (
        Sign.ELSEWHERE,
        None,
        "poem, poetry, joke, jokes, song, story, essay, recipe, weather, translate, horoscope, lyrics, haiku, "
        "movie, football, homework, president, dating, novel, limerick, python script, python code, javascript, "
        "source code, write code, sql query",
        "poema, piada, piadas, musica, receita, traduza, traduzir, redacao, horoscopo, novela, futebol, filme, "
        "presidente, historinha, poesia, soneto, clima, previsao do tempo, codigo em python, script em python",
    ),
    (
        Sign.OTHER_PRODUCT,
        None,
        "=s3, s3 standard, ebs, ebs gp3, gp3, gp2, io2, glacier, rds, aurora, dynamodb, redshift, elasticache, "
        "bigquery, cloud sql, cosmos db, blob storage, object storage, block storage, cloud storage, persistent disk, "
        "managed disk, cloudfront, nat gateway, load balancer",
        "",
    ),
)
