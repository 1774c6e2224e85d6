"""Words for what is asked: `(sign, value, English phrases, Portuguese phrases)`, phrases folded."""

from __future__ import annotations

from typing import Final

from services.pricing.domain.intents import Ordering
from services.pricing.domain.questions.lexicon.signs import Sign

_TO_TAKE_EN: Final = ", ".join(
    f"{which} {thing} {to_take}"
    for which in ("which", "what")
    for thing in ("instance", "instance type", "vm", "machine", "server", "machine type", "box", "one")
    for to_take in (
        "to use",
        "to pick",
        "to choose",
        "to get",
        "to take",
        "to rent",
        "should",
        "would you",
        "do i",
        "fits",
    )
)
_TO_TAKE_PT: Final = ", ".join(
    f"{which} {thing} {to_take}"
    for which in ("qual", "que", "em qual", "em que")
    for thing in ("instancia", "maquina", "vm", "servidor", "tipo de instancia", "tipo de maquina", "maquina virtual")
    for to_take in (
        "usar",
        "escolher",
        "pegar",
        "contratar",
        "alugar",
        "uso",
        "escolho",
        "pego",
        "devo",
        "devemos",
        "usaria",
    )
)
ASKING: Final[tuple[tuple[Sign, object, str, str], ...]] = (
    (
        Sign.CHEAPEST,
        None,
        "least pricey, rock bottom price, rock bottom, easiest on the wallet, kindest to the wallet, easiest on the "
        "budget, for the least, cheapest, lowest, charges the least, charge the least, charges least, pay the least, "
        "cost effective, most cost effective, as cheap as possible, least expensive, smallest bill, lowest bill, "
        "cheapest rate, cheapest possible, smallest price, at the lowest cost, least money, lowest price, lowest "
        "prices, lowest cost, lowest priced, most affordable, best value, best price, best prices, lowest cost "
        "option, minimum price, most economical, cost least, costs the least, costs least, cheapest way, as cheap as "
        "you can, as cheap as it gets, as cheap as we can, cheap as possible, as low as possible, as cheaply as "
        "possible, best deal",
        "sai por menos, saindo por menos, sai por menos dinheiro, custando menos, saindo mais em conta, mais "
        "baratinha, mais baratinho, mais baratinhas, mais baratinhos, mais barata, cobra menos, cobram menos, paga "
        "menos, mais barato possivel, mais barata possivel, mais barato que der, mais barata que der, mais barato que "
        "tiver, mais barata que tiver, quanto mais barato melhor, quanto mais barata melhor, mais vantajosa, mais "
        "vantajoso, custo beneficio, melhor relacao custo beneficio, mais barato, mais baratas, mais baratos, menor "
        "preco, menores precos, menor custo, menor fatura, menor conta, menor valor, menor gasto, menor tarifa, menor "
        "taxa, menores custos, menores valores, menor preco possivel, valor mais baixo, pagar menos, pagando menos, "
        "gastar menos, gastando menos, mais em conta, melhor preco, melhor custo beneficio, mais economica, mais "
        "economico, mais economicas, preco mais baixo, precos mais baixos, custo mais baixo, mais acessivel, menos "
        "cara, menos caro, menos caras, custa menos, custam menos",
    ),
    (
        Sign.CHEAPER,
        None,
        "easier on the purse, easier on the wallet, easier on the pocket, easier on the budget, kinder to the wallet, "
        "lighter on the wallet, more expensive, pricier, dearer, better off, works out cheaper, comes out cheaper, "
        "how much extra, is it better to, which is better, what is better, better to, cheaper, less expensive, costs "
        "less, cost less, better value, how much more expensive, how much cheaper, how much more",
        "a mais que, a mais que o, a mais que a, a mais do que, a mais do que o, a mais do que a, se paga a mais, "
        "quanto se paga a mais, paga a mais, pagar a mais, pago a mais, pagamos a mais, pesa menos, pesa mais, pesam "
        "menos, pesam mais, doi menos, doi mais, a mais em relacao, quanto mais, sai menos, compensa mais, vale mais "
        "a pena, vale mais, quanto a mais, quanto a menos, rende mais, e melhor, qual e melhor, o que e melhor, gasta "
        "menos, quanto mais caro, quanto mais cara, quanto mais barato, quanto mais barata, mais cara que, mais caro "
        "que, mais caras que, mais caros que, mais cara do que, mais caro do que",
    ),
    (
        Sign.DEAREST,
        None,
        "most expensive, highest price, highest prices, priciest, dearest, from most expensive",
        "mais cara, mais caro, mais caras, mais caros, maior preco, maiores precos, preco mais alto",
    ),
    (
        Sign.COMPARE,
        None,
        "~compare, comparison, side by side, stack up, stacks up, head to head, put up "
        "against, ~contrast, comparative, versus each other, next to each other",
        "~comparar, comparacao, comparativo, comparativa, lado a lado, ~confrontar, confronto, frente a frente",
    ),
    (
        Sign.SHOULD,
        None,
        "should i, should we, do i, do we, is it time to, is it wise to, is it smart to, any point in, does it pay to",
        "devo, devemos, deveria, deveriamos, e bom, e uma boa, e negocio, vale, valeria",
    ),
    (Sign.BEST, None, "best, ideal", "melhor, melhores"),
    (Sign.INSTEAD, None, "instead of, in place of", "em vez de, ao inves de, no lugar de"),
    (
        Sign.ACROSS,
        None,
        "across, across regions, between regions, in all regions, per region, each region, by region, across "
        "providers, "
        "across clouds, between providers, between clouds, across all regions, across all providers, across sizes",
        "entre regioes, entre as regioes, em todas as regioes, por regiao, em cada regiao, nas regioes da, nas regioes "
        "do, nas regioes de, em todas as regioes da, em todas as regioes do, por toda a, em toda a, pelas regioes da, "
        "entre provedores, "
        "entre os provedores, entre nuvens, entre as nuvens, em todos os provedores, nas tres nuvens",
    ),
    (
        Sign.WHICH_PROVIDER,
        None,
        "which cloud, which provider, which cloud provider, which of the clouds, which of the three clouds, which of "
        "the providers, what cloud, what provider, what cloud provider",
        "qual nuvem, qual das nuvens, qual das tres nuvens, qual provedor, qual dos provedores, que nuvem, que "
        "provedor, qual e a nuvem, qual e o provedor, qual a nuvem, qual o provedor",
    ),
    (
        Sign.ALTERNATIVE,
        None,
        "alternative, cheaper alternative, cheaper alternatives, alternative to, alternatives to, alternative for, "
        "alternatives for, substitute for, substitutes for, replacement for, replacements for, replace, equivalent "
        "to, equivalents to, equivalent of, equivalents of, similar to, comparable to, comparable with, swap out, "
        "swap, in lieu of",
        "alternativa, alternativas mais baratas, alternativas mais em conta, alternativa a, alternativas a, "
        "alternativa ao, alternativas ao, alternativa para, alternativas para, alternativa pra, alternativas pra, "
        "alternativa da, alternativa do, substituta para, substituto para, substituir, equivalente a, equivalentes a, "
        "equivalente ao, equivalentes ao, equivalente da, similar a, similares a, similar ao, parecida com, parecido "
        "com, parecidas com, parecidos com, semelhante a, semelhantes a, trocar a, trocar, no lugar da",
    ),
    (
        Sign.VERSUS,
        None,
        "*vs, *versus, v s, compared to, compared with, when compared to, when compared with, in comparison to, in "
        "comparison with, against, as opposed to, in relation to, relative to",
        "contra, frente a, comparado a, comparado ao, comparado com, comparada com, comparada a, comparadas com, em "
        "comparacao com, em comparacao a, em comparacao ao, face a, em relacao a, em relacao ao, por oposicao a",
    ),
    (
        Sign.DIFFERENCE,
        None,
        "next to, beside, alongside, difference, price difference, differences, difference in price, differ, differs, "
        "different from, distinguish, distinguishes, price gap, gap",
        "ao lado de, ao lado da, ao lado do, lado a lado com, diferenca, diferencas, diferenca de preco, o que muda, "
        "o que muda entre, difere, diferem, diferencia, distingue",
    ),
    (
        Sign.PRICE,
        None,
        "the damage, price, going for, go for, goes for, sells for, selling for, run me, run us, set me back, set us "
        "back, set you back, set one back, setting us back, how expensive, prices, tariff, tariffs, cost, costs, "
        "costing, pricing, how much, priced, rate, rates, fee, charge, charges, pay, paying, price tag, going rate, "
        "spend, bill, charged",
        "se paga por, quanto se paga, paga se, cobra se, o estrago, a brincadeira, qto, qnto, qt, preco, precos, "
        "taxa, taxas, cobranca, cobrar, contas, custo, custos, custa, custam, quanto custa, quanto custam, quanto "
        "custaria, quanto custariam, quanto, custaria, custariam, valor, valores, tarifa, tarifas, pago, pagar, "
        "pagaria, paga, gasto, gastar, gastaria, custar, custara, fatura, conta, cobra, cobram, cobrado, custe, "
        "custem, pagamos, gastamos",
    ),
    (
        Sign.ESTIMATE,
        None,
        "~estimate, projection, ~calculate, ~budget for, compute the cost, work out, quote for, quote me, a quote on, "
        "quotation, projected, total cost, bill for, estimation, forecast the bill",
        "estimativa, projecao, previsao de custo, ~estimar, ~calcular, cotacao, ~cotar, ~orcar, ~simular, simulacao de "
        "custo, custo total, faz a conta, faz as contas, fazer as contas, quanto no total",
    ),
    (
        Sign.RECOMMEND,
        None,
        f"{_TO_TAKE_EN}, "
        "~recommend, ~propose, ~suggest, ~advise, best instance, best vm, best machine, best server, recommendation, "
        "recommendations, suggestion, suggestions, advice, what should i use, should "
        "i use, should i pick, should i choose, should i run, should i buy, should i get, best option for, best "
        "instance for, best machine for, best choice for, best vm for, best server for, best fit for, what can i "
        "get, what could i get, what would you pick, which one should, help me choose, help me pick, should we use, "
        "should we run, should we pick, best way to run, best option, best choice, right instance, suited for, "
        "suitable for, what fits, what do i get for, size me, what would you go for, what would you choose, what "
        "would you use, what would you take, which would you pick, which would you choose, which would you use, which "
        "would you take, what do you reckon, can i run, could i run, can we run, could we run, rec me, recs, rec, what "
        "can we get, what could we get, what does that get "
        "me, which should i, what should we, what should i",
        f"{_TO_TAKE_PT}, "
        "~recomendar, ~aconselhar, ~indicar, me ajuda a escolher, ajuda a escolher, proponha, melhor maquina, melhor "
        "instancia, melhor vm, melhor servidor, recomendacao, recomendacoes, sugira, sugiram, sugere, sugerem, "
        "sugerir, sugeriria, sugeriam, sugestao, sugestoes, devo usar, devo escolher, devo contratar, devo pegar, "
        "devo alugar, devemos usar, melhor opcao, melhor opcao para, melhor instancia para, melhor maquina para, "
        "melhor escolha, o que usar, o que contratar, que usar, eu consigo, a gente consegue, o que consigo, o que da "
        "para, ideal para, me ajude a escolher, que maquina uso, qual usar, qual escolher, melhor forma de rodar, o "
        "que voce usaria, o que voce escolheria, o que voce pegaria, qual voce usaria, qual voce escolheria, qual "
        "voce pegaria, qual pegar, o que pegar, que maquina pego, qual eu pego, o que eu uso, qual eu uso, devo "
        "optar, devo ir de, vou de que, vou de qual, da pra rodar, da para rodar, consigo rodar, conseguimos rodar, "
        "daria pra rodar, daria para rodar, o que eu consigo, que eu consigo, o que conseguimos, o que cabe, o que da "
        "pra, que da pra, que da para, consigo pegar, consigo alugar, o que rola, me recomenda, qual seria a melhor, "
        "qual seria o melhor, qual maquina eu uso, que maquina usar, qual seria a ideal",
    ),
    (
        Sign.NEED,
        None,
        "in need of, on the hunt for, hunting for, in the market for, seeking, in search of, i need, we need, need, "
        "needed, i want, we want, looking for, i would like, id like, want, require, requires, im after, looking to "
        "run, im looking for, after something",
        "gostava, gostava de, gostavamos, pretendo, pretendemos, pretendia, necessitamos, precisavamos, precisaria, "
        "precisariamos, queriamos, andamos a procura, ando a procura, a procura de, preciso, precisamos, preciso de, "
        "quero, quer, querem, queremos, procuro, procurando, gostaria, necessito, estou procurando, busco, precisava, "
        "queria, me arruma, arruma, me arranja, arranja, me ve, me ve ai, me consegue, to precisando, estou "
        "precisando, precisando, to atras de, atras de uma, atras de um, estou atras de",
    ),
    (
        Sign.LIST,
        None,
        "pull up, dig up, round up, fetch, whatever has, whatever comes with, ~list, ~display, show, show me, shows, "
        "find, find me, search, display, give me, which, get me, are there, any, see, available, look for, "
        "what do you have, list all",
        "~listar, ~mostrar, me mostre, me mostra, ~encontrar, ~apresentar, ~enumerar, procure, busque, buscar, ache, "
        "exiba, exibir, exibam, listagem, relacao das, relacao de, quais, traga, me de, me da, onde tem, tem, "
        "existem, disponiveis, disponivel, quais sao, ver",
    ),
    (
        Sign.BREAK_EVEN,
        None,
        "come out ahead, comes out ahead, earn its keep, earns its keep, pay its way, pays its way, pull its weight, "
        "worth our while, worth my while, worth the while, in the black, get our money back, get my money back, cover "
        "its cost, covers its cost, ~amortise, ~amortize, ~recoup, *break even, *breakeven, beat, beats, at what "
        "utilization, at what utilisation, at what usage, how many hours until, how many hours before, what "
        "utilization, what utilisation, pays back, paying back, recover the cost, start saving, how many months "
        "until, how many months before, how long until, how long before, how soon, beats on demand, make sense, makes "
        "sense, break even point, pay off, pays off, paid off, pay for itself, pays for itself, worth it, worth "
        "buying, worth, amortise, amortize, amortised, payback, pay back, recoup, paying off, pay itself off, pays "
        "itself off, worthwhile, roi, return on investment, recouped, breaking even, breaks even, pay itself back, "
        "earn back, earns back",
        "empata, empatam, empate, a partir de que mes, a partir de qual mes, em que mes, em qual mes, quando empata, "
        "cobre o custo, ~compensar, ~amortizar, ~recuperar, ha poupanca, ha mesmo poupanca, a partir de quando, "
        "comeco a poupar, comeco a economizar, quando passo a economizar, quando passo a poupar, rentavel, "
        "rentabiliza, faz sentido, fazem sentido, comeca a compensar, e vantajoso, e vantajosa, vale a pena, valem a "
        "pena, ponto de equilibrio, se paga, se pagam, se pagar, payback, recuperar o investimento, a partir de "
        "quantos meses, em quantos meses, se amortiza, em quanto tempo, recupero, recuperar, com quanto uso, a partir "
        "de que uso, a partir de quanto uso, a partir de quantas horas, a partir de qual utilizacao, que utilizacao, "
        "supera, ganha do, ganha da, roi, retorno do investimento, retorno sobre o investimento, retorno, valer a "
        "pena, amortiza, quantos meses ate, recupero o investimento, valeria a pena",
    ),
    (
        Sign.ORDER_BY,
        None,
        "~sort, ~rank, ~order by, sort by, sorted by, order by, ordered by, ordered, rank, ranked by, ranked, rank by, "
        "ordering, sorting, in order of",
        "~ordenar, ~classificar, ordenado por, ordenadas por, ordene por, "
        " classificado por, por ordem de, em ordem de, ranking",
    ),
    (
        Sign.ORDER,
        Ordering.PRICE,
        "ascending price, ascending order of price, by price, by ascending price, price ascending",
        "ordem crescente de preco, crescente de preco, preco crescente, ordem de preco, por ordem de preco",
    ),
    (
        Sign.ORDER,
        Ordering.PRICE_DESCENDING,
        "by price descending, in descending order, descending price, descending order of price, by descending "
        "price, price descending",
        "ordem decrescente de preco, decrescente de preco, preco decrescente",
    ),
    (
        Sign.ORDER,
        Ordering.MEMORY,
        "most memory, most ram, largest memory, biggest memory, by memory",
        "mais memoria, maior memoria, por memoria",
    ),
    (
        Sign.ORDER,
        Ordering.VCPUS,
        "most vcpus, most cores, most cpus, by vcpus, by cores",
        "mais vcpus, mais nucleos, mais cpus, por vcpus, por nucleos",
    ),
    (Sign.TOP, None, "*top, first, limit, limited to", "primeiras, primeiros, limite, limitado a"),
    (
        Sign.RESULT,
        None,
        "options, option, results, offers, offer, options for, suggestions, entries, rows, choices, alternatives",
        "opcoes, resultados, ofertas, oferta, sugestoes, alternativas, linhas",
    ),
)
