"""Words for what was, and for what is to be explained: `(sign, value, English phrases, Portuguese phrases)`, folded."""

from __future__ import annotations

from typing import Final

from services.pricing.domain.questions.lexicon.signs import Sign

TELLING: Final[tuple[tuple[Sign, object, str, str], ...]] = (
    (
        Sign.HISTORY,
        None,
        "history, evolution of, how has, how have, ups and downs, trajectory, what happened to, volatile, volatility, "
        "used to cost, price history, trend, trends, over time, historical, evolution, past prices, time series, "
        "historic, development of the price, movement, price chart, track record, how stable, stability",
        "historico, com o tempo, com o passar, trajetoria, percurso, como tem andado, como andou, estavel, "
        "estabilidade, o que aconteceu com, volatil, volatilidade, custava, custavam, historia, evolucao, tendencia, "
        "ao longo do tempo, serie historica, serie temporal, serie de precos, variacao, passado, flutuacao",
    ),
    (
        Sign.CHANGE,
        None,
        "get more expensive, gets more expensive, get pricier, gets pricier, got pricier, become pricier, became "
        "cheaper, became more expensive, stayed the same, stay the same, always been, been the same, remained, gone "
        "through, ~change, ^vary, ^evolve, ^fluctuate, ^climb, ^spike, ^soar, ^plummet, ^decline, ^shift, ^trend, "
        "^creep, evolve, evolved, gone up, gone down, went up, went down, dropped, drop, rose, risen, increased, "
        "increase, decreased, decrease, moved, fallen, fell, got cheaper, gotten cheaper, vary, varied, become "
        "cheaper, been cheaper, ever been cheaper, been more expensive, used to be cheaper, used to be more "
        "expensive, become more expensive, fluctuated, fluctuate, developed, got any cheaper, gotten any cheaper, "
        "become any cheaper, get cheaper, getting cheaper, gone cheaper, got more expensive, gotten more expensive, "
        "getting more expensive, got any more expensive, got pricier, going up, going down, been going up, been going "
        "down, creeping up, come down, came down, jumped, spiked, rising, falling, swing, swings",
        "^mudar, ^variar, ^aumentar, ^oscilar, ^flutuar, ^baixar, ^disparar, ^despencar, ^encarecer, ^baratear, "
        "^subir, ^cair, ^evoluir, ^diminuir, ^alterar, ^modificar, ^reajustar, ^descer, ^comportar, ^crescer, variam, "
        "oscilam, mudou, mudaram, variou, variaram, subiu, subiram, caiu, cairam, aumentou, aumentaram, diminuiu, "
        "evoluiu, evoluiram, mudanca, mudancas, baixou, ficou mais caro, ja foi mais barata, ja foi mais barato, ja "
        "foi mais cara, ja foi mais caro, ja custou mais, ja custou menos, ja esteve mais barata, ja esteve mais "
        "cara, ficou mais cara, ficou mais barato, ficou mais barata, oscilou, encareceu, flutuou, mudado, variado, "
        "ficou mais em conta, ficando mais cara, ficando mais caro, ficando mais barata, ficando mais barato, vem "
        "caindo, vem subindo, tem caido, tem subido, caindo, subindo, baixando, aumentando, abaixou, reajuste, "
        "reajustes, reajustou, despencou, disparou, andou, barateou, vem mudando, vem variando, se comportou",
    ),
    (
        Sign.PAST,
        None,
        "since, last, past, previous, recently, lately, yesterday, ago, so far, in the last, to date, up to now, until "
        "now, until today, previously, formerly, a while back, earlier this year, ytd, year to date, what was, how "
        "was, what were, what did, how were, in recent",
        "desde, ultimo, ultimos, ultima, ultimas, passado, passada, recentemente, ontem, atras, nos ultimos, ate hoje, "
        "ate agora, pra ca, para ca, de la pra ca, antigamente, qual era, quanto era, como era, como foi, qual foi, "
        "quanto foi, como esteve, como tem sido, tempos atras, nas "
        "ultimas",
    ),
    (
        Sign.EXPLAIN,
        None,
        "~explain, concept, conceptually, overview, primer, rundown, walk me through, talk me through, clarify, eli "
        "5, how is, is billed, are billed, how does, how do, how are, what does, describe, meaning of, tell me about, "
        "teach me, works, work, mean, means, what happens, why is, why are, help me understand, definition of, "
        "understand, explanation, what is the point of, whats the point of, what is the deal with, whats the deal "
        "with, what do you mean by, what is meant by, good for, how can i understand, eli5, in a nutshell, when would "
        "i use, when should i use, when to use, when do i use, when should we use, when would you use",
        "~explicar, ~esclarecer, ~descrever, ~definir, conceito, conceitual, conceitualmente, overview, visao geral, "
        "nocoes de, como operam, como opera, como trabalham, como e cobrado, como e cobrada, como sao cobrados, como "
        "sao cobradas, explica, explicar, como funciona, como funcionam, o que significa, significa, quer dizer, o "
        "que acontece, por que, porque, me fale sobre, fale sobre, me ensine, entender, definicao de, descreva, "
        "explicacao, me conte sobre, pra que serve, pra que servem, para que serve, para que servem, o que vem a ser, "
        "do que se trata, me explica, como isso funciona, como funciona isso, como isso se, isso funciona, como e que "
        "funciona, como e que funcionam, como que funcionam, como se da, como que funciona, qual e a do, o que quer "
        "dizer, entendo, quando usar, quando devo usar, quando uso, quando se usa, quando eu uso, quando faz sentido "
        "usar",
    ),
    (
        Sign.DEFINE,
        None,
        "what is, what are, what is a, whats, whats a, what s, what exactly is, what exactly are, what precisely is, "
        "what actually is, what on earth is, what on earth are, what the heck is, what is exactly, what kind of thing "
        "is",
        "o que e, o que sao, que e, oque e, o que seria, o que exatamente e, o que e exatamente, o que e mesmo, o que "
        "e afinal, afinal o que e, o que raio e, que raio e, o que vem a ser, em que consiste, em que consistem, o "
        "que e isso de, o que e essa, o que e esse, o que e que e",
    ),
)
