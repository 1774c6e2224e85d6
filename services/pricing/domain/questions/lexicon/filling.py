"""Small words, and words that are known and change nothing: `(sign, value, English phrases, Portuguese phrases)`."""

from __future__ import annotations

from typing import Final

from services.pricing.domain.questions.lexicon.signs import LEAVE, REMOVE, Sign

FILLING: Final[tuple[tuple[Sign, object, str, str], ...]] = (
    (
        Sign.NOT,
        REMOVE,
        "exclude, excluding, discard, discarding, disregard, disregarding, omit, omitting, eliminate, eliminating, "
        "cross out, cross off, removing, rule out, ruling out, leave out, leaving out, skip, skipping, avoid, "
        "avoiding, ignore, ignoring, forget, forget about",
        "excluindo, excluindo a, tire, tira, tirar, tirando, tirando a, tirando o, tirando as, tirando os, "
        "desconsidere, desconsidera, desconsiderar, desconsiderando, descarta, descartar, descarte, descarto, "
        "descartando, elimina, elimine, eliminar, elimino, eliminando, retira, retire, retirar, retirando, removendo, "
        "omita, omite, omitir, omitindo, evitar, evite, evitando, ignorando, esquece, esqueca, esquece a, esquece o, "
        "esqueca a, esqueca o, larga a, larga o",
    ),
    (
        Sign.NOT,
        LEAVE,
        "leaving, leave, moving off, moving off of, move off, move off of, moving away from, move away from, "
        "migrating away from, migrating off, migrating off of, getting off, ditching",
        "sair, sair da, sair do, sair de, saindo da, saindo do, deixar a, deixar o, largar a, largando a, largando o, "
        "abandonar a, abandonando a, abandonar o, abandonando o",
    ),
    (
        Sign.NOT,
        None,
        "wouldnt, would not, wont, will not, unless, unless its, unless it is, nothing, bans, ban, banning, "
        "prohibits, prohibit, blocks, without including, not including, dont include, do not include, not, non, "
        "without, except, except for, anything but, but not, other than, everything but, all but, outside, outside "
        "of, never, cannot, cant, isnt, none of, *no, apart from, dont want, do not want, rather than, minus, nor, "
        "must not, should not, mustnt, shouldnt, arent, any cloud but, any provider but, any vendor but, any region "
        "but, anyone but, anybody but, anywhere but, dont, doesnt, besides, nothing on, nothing from, w/o, hate, "
        "hates, dislike, dislikes, forbid, forbids, refuse, refuses, refuse to use, steer clear of, stay away from, "
        "staying away from, keep away from, no use for, opposed to, dont like, doesnt like, no more, dont trust, "
        "doesnt trust, not a fan of",
        "me recuso, recuso, recusamos, nos recusamos, a menos que, a menos que seja, a menos que sejam, a nao ser "
        "que, a nao ser que seja, nada, nenhum tipo de, veta, vetou, bloqueia, sem incluir, nao incluir, nao inclua, "
        "nao inclui, sem, exceto, nao, n quero, n pode, n precisa, nada de, fora, fora da, fora do, menos a, menos o, "
        "nunca, nem, exceto a, exceto o, exceto na, exceto no, que nao seja, que nao sejam, nao quero, sem ser, "
        "salvo, descontando, a nao ser, com excecao de, com excecao da, com excecao do, jamais, menos na, menos no, "
        "menos em, nao seja, nao use, nenhuma, nenhum, s/, menos as, menos os, fora as, fora os, odeia, odeio, "
        "odiamos, detesta, detesto, detestamos, proibe, proibem, proibiu, nao gosta de, nao gosto de, nao gostamos "
        "de, longe de, longe da, longe do, dispenso, dispensamos, que nao, menos da, menos do, menos das, menos dos, "
        "ninguem quer, ninguem usa, nao usamos, nao usa, nao usam",
    ),
    (Sign.MINUS, None, "", "menos"),
    (
        Sign.OUT,
        None,
        "not ok, not okay, isnt ok, isnt okay, not fine, isnt fine, isnt an option, cant be used, cannot be used, can "
        "not be used, wont work, doesnt work, does not work, isnt available, not available, no good, prohibited, "
        "blocked, vetoed, excluded, out, off the table, off limits, not allowed, not permitted, not an option, no "
        "option, ruled out, is out, are out, doesnt count, does not count, out of the question, banned, forbidden, a "
        "no go, no go, not needed, isnt needed, not necessary, isnt necessary, not required, unnecessary, barred, "
        "removed, omitted, disregarded, eliminated, discarded",
        "nao rola, nao funciona, nao funcionam, nao presta, e proibido, e proibida, bloqueada, bloqueado, vetada, "
        "vetado, excluida, excluido, excluidas, excluidos, esta fora, ta fora, estao fora, fica fora, ficam fora, de "
        "fora, nao conta, nao contam, fora de questao, fora de cogitacao, descartada, descartado, nao serve, nao "
        "servem, nem pensar, nao e opcao, nao e permitida, nao e permitido, proibida, proibido, nao vale, removida, "
        "removido, nao e necessaria, nao e necessario, desnecessaria, desnecessario, omitida, omitido, eliminada, "
        "eliminado, desconsiderada, desconsiderado",
    ),
    (Sign.AND, None, "and, &, n", "e"),
    (Sign.OR, None, "or", "ou"),
    (Sign.TO, None, "to, through, till, until", "ate a"),
    (Sign.OF, None, "of", "de, da, das, dos"),
    (Sign.IN, None, "in, at, on, inside", "em, na, nas, nos, num, numa, dentro da, dentro do"),
    (Sign.FOR, None, "for, during", "para, pra, durante, pro, pros, pras, p/"),
    (Sign.WITH, None, "with, having, has, w/", "com, tendo, tenha, tenham, c/"),
    (Sign.PER, None, "per, /", ""),
    (Sign.POR, None, "", "por, pelo, pela"),
    (Sign.THE, None, "the", "os, o, ao, aos"),
    (Sign.THE, None, "=as", ""),
    (Sign.TIMES, None, "=x", ""),
    (Sign.TIMES, None, "times", "vezes"),
    (Sign.DASH, None, "=-, ~", ""),
    (Sign.PLUS, None, "=+, plus", ""),
    (Sign.STOP, None, "=., ?, !, ;, :", ""),
    (Sign.AT_LEAST, None, "=>=, > =, \u2265", ""),
    (Sign.AT_MOST, None, "=<=, < =, \u2264", ""),
    (Sign.MORE_THAN, None, "=>", ""),
    (Sign.LESS_THAN, None, "=<", ""),
    (Sign.CURRENCY, "USD", "=$, us $, u $", ""),
    (Sign.CURRENCY, "BRL", "", "r $"),
    (Sign.CURRENCY, "EUR", "=€", ""),
    (Sign.CURRENCY, "GBP", "=£", ""),
    (Sign.CURRENCY, "JPY", "=¥", ""),
    (
        Sign.WORK,
        None,
        "*wordpress, *django, *rails, *nodejs, *java, *jenkins, *gitlab, *grafana, *prometheus, *minecraft, *mongodb, "
        "*cassandra, *hadoop, *tensorflow, *pytorch, *stable diffusion, *blender, *sap, *sql server, *nginx, *docker, "
        "*airflow, *rabbitmq, *clickhouse, *metabase, *odoo, *magento, *moodle, *jupyter, *dbt, *superset, *vault, "
        "*erp, *crm, *bi, *etl, *vpn, *saas, *workload, *job, *jobs, *batch, batch job, web server, web servers, "
        "website, database, databases, application, app, apps, *api, *kubernetes, training, train, inference, model, "
        "models, microservice, microservices, *redis, *postgres, *postgresql, *mysql, *cache, queue, rendering, "
        "render, simulation, simulations, ci, pipeline, pipelines, service, services, backend, frontend, game server, "
        "game servers, fine tune, fine tuning, finetuning, llm, llms, analytics, spark, elasticsearch, kafka, "
        "hosting, host, build, builds, dev, test, tests, staging, production, prod, etl, hpc, web, processing, data, "
        "machine learning, deep learning, ai, ml",
        "carga, cargas, carga de trabalho, tarefa, tarefas, lote, lotes, servidor web, servidores web, site web, "
        "banco, bancos de dados, banco de dados, aplicacao, aplicativo, treinar, treino, treinamento, inferencia, "
        "modelo, modelos, servico, servicos, fila, renderizacao, renderizar, simulacao, producao, desenvolvimento, "
        "homologacao, teste, testes, processamento, processamento em lote, dados, aprendizado de maquina, hospedar, "
        "ajuste fino, jogo, jogos",
    ),
    (
        Sign.TOPIC,
        "egress",
        "egress, egress fees, data transfer, data transfer fees, bandwidth costs, network egress",
        "trafego de saida, transferencia de dados, saida de dados",
    ),
    (
        Sign.TOPIC,
        "byol",
        "=byol, bring your own license, bring your own licence",
        "traga sua propria licenca, licenca propria",
    ),
    (
        Sign.TOPIC,
        "regions-zones",
        "availability zone, availability zones, regions and zones, region and zone, zones and regions, zone and "
        "region, a region and a zone, a zone and a region",
        "zona de disponibilidade, zonas de disponibilidade, regioes e zonas, regiao e zona, zona e regiao, zonas e "
        "regioes, uma regiao e uma zona, uma zona e uma regiao",
    ),
    (
        Sign.TOPIC,
        "token-prices",
        "token prices, token price, price per token, llm tokens, llm token prices, token pricing",
        "preco por token, precos de tokens, precos por token, preco de tokens",
    ),
    (
        Sign.FILLER,
        None,
        "i, you, we, it, its, they, my, our, your, me, us, them, their, this, that, these, those, is, are, be, been, "
        "being, was, were, am, do, does, did, have, had, will, would, should, must, might, shall, there, here, "
        "please, thanks, thank you, hi, hello, hey, so, then, than, if, when, where, who, what, why, how, many, much, "
        "more, less, most, least, some, such, same, other, another, also, just, too, very, about, look up, looking "
        "up, out there, out of, around, approximately, roughly, by, into, onto, over there, but, because, since when, "
        "while, though, however, all, every, both, either, use, used, using, run, running, runs, get, got, gets, "
        "give, want to, like, make, makes, take, takes, go, going, keep, kept, put, set, help, know, think, tell, "
        "say, said, good, better, best, great, right, sure, big, bigger, biggest, small, smaller, large, larger, "
        "high, higher, low, lower, new, old, currently, current, now, today, right now, at the moment, region, "
        "regions, country, city, location, area, zone, zones, datacenter, data center, operating system, os, "
        "architecture, currency, purchase option, turned on, switched on, powered on, left on, up and running, used "
        "for, type of, kind of, kind, sort of, way, thing, things, something, anything, everything, one of, ones, "
        "configuration, config, setup, size, sizes, specs, spec, hardware, capacity, performance, based, only for, "
        "list price, without any, any kind, team, company, project, startup, customer, friend, boss, month of, point, "
        "table, answer, question, information, info, details, detail, idea, number, amount, hour of, rent, renting, "
        "lease, buy, buying, bought, purchased, sell, sells, sold, order, minimum spend, per unit, unit, units, vcpu "
        "hour, gib hour, gpu hour, let, lets, let me, could you, can you, would you, please tell me, exactly how, in "
        "terms of, terms, regarding, respect, including, include, includes, choose, pick, select, chosen, deal, well, "
        "long, longer, soon, months until, until when, becomes, become, after, before, first year, next, still, yet, "
        "ever, even, really, actually, enough, least one, suite, suits, works for, money, dear, save, saving, "
        "savings, discount, discounts, discounted, full price, quantity, count, level, time, times a, once, twice, "
        "come, comes, came, simply, between them, mix, fleet, ones are, whose, which one, which ones, what kind, "
        "total of, altogether at, per instance, each instance, hours, kindly, quick, quickly, in detail, in short, in "
        "general, briefly, simple, words, actually costs, world, worldwide, globally, sum, sums, say about, versus "
        "the, and the, compared against, cheap, expensive, inexpensive, affordable, budget friendly, economical, "
        "switching, switch, moving, move, moves, without interruption of, workload needs, year old, available in, s, "
        "t, d, m",
        "eu, voce, voces, ele, ela, eles, elas, nos dois, meu, minha, meus, minhas, seu, sua, seus, suas, nosso, "
        "nossa, isso, isto, aquilo, este, esta, esse, essa, sao, esta, estao, era, foi, foram, ser, sendo, ter, ha, "
        "haver, vai, vao, ir, vou, deve, devem, devo, do, que, se, me, te, lhe, la, lo, ja, so, qual, como, quando, "
        "onde, quem, quantos, quantas, porque motivo, muito, muita, muitos, mais, menos que isso, tambem, ainda, "
        "agora, hoje, ontem mesmo, sempre, entao, mas, pois, caso, bem, melhor, melhores, bom, boa, bons, boas, "
        "grande, pequeno, pequena, novo, nova, atual, atuais, atualmente, aqui, ali, todo, toda, todos, todas, outro, "
        "outra, outros, outras, mesmo, mesma, por favor, obrigado, obrigada, ola, oi, bom dia, boa tarde, usar, uso, "
        "usando, usado, usada, rodar, rodando, roda, ligada, ligado, ligadas, ligados, funcionando, fica, ficam, "
        "ficaria, ficar, sai, saem, sairia, da para, da pra, dar, fazer, faz, faco, feito, ajuda, ajude, saber, sei, "
        "gostaria de saber, diga, diz, dizer, fala, falar, me diga, me fala, me informe, informe, informar, regiao, "
        "regioes, pais, cidade, zona, zonas, sistema operacional, sistema, arquitetura, moeda, opcao de compra, tipo, "
        "tipos, tipo de, especie, coisa, algo, alguma coisa, algum, alguma, alguns, algumas, qualquer, configuracao, "
        "tamanho, tamanhos, desempenho, capacidade, equipe, empresa, projeto, cliente, chefe, resposta, pergunta, "
        "informacao, detalhes, ideia, numero, quantidade, alugar, aluguel, comprar, comprando, vende, vendem, "
        "unidade, unidades, dinheiro, economia, economizar, desconto, descontos, em relacao, relacao, incluindo, "
        "inclui, escolher, escolho, selecionar, depois, antes, logo, tempo, vez, vezes por, vem, momento, no momento, "
        "durar, dura, aproximadamente, cerca, mundo, mundial, resumo, barato, barata, baratos, baratas, caro, cara, "
        "caros, caras, vale, valem, seria, seriam, sera, serao, pra mim, para mim, gente, a gente, opcao, primeiro, "
        "levar, leva, precisa, precisam, queremos saber, juntas, juntos, junto, total em, nas tres, entre as, entre "
        "os, aplicada, sobre, ate que, uma vez, ligar, deixar, deixo, deixando, manter, mantendo, lado, custe o que "
        "custar, cada instancia, uns, umas, baratinha, baratinho, baratinhas, ai, aih, to, ta, tao, tou, custando, "
        "saindo, sair, valendo, galera, cara, mano, beleza, opa, eai, tudo bem, bora, coloca, colocar, botar, subir, "
        "aguentar, umazinha, daria, ficaria por, vcs, vc, pq, tb, tbm, hj, q, oq, em janeiro, em fevereiro, em marco, "
        "em abril, em maio, em junho, em julho, em agosto, em setembro, em outubro, em novembro, com ou sem gpu, com "
        "ou sem placa, em dezembro, janeiro, fevereiro, marco, abril, maio, junho, julho, agosto, setembro, outubro, "
        "novembro, dezembro, segunda feira, sexta feira, desligada, desligado, desligadas, desligados, parada, "
        "parado, favor, por gentileza, gentileza, se faz favor, sff, faz favor, caros, prezados, att, abs, abraco, "
        "abracos, valeu, vlw, obg, blz, cumprimentos, atenciosamente",
    ),
    (
        Sign.NOT,
        None,
        "not counting, not considering, leaving aside, but without, neither, neither of, no need for, no need of, no "
        "need to have",
        "sem contar, sem considerar, nao considere, nao considerar, deixando de fora, deixe de fora, sem necessidade "
        "de, nao ha necessidade de",
    ),
    (
        Sign.FILLER,
        None,
        "with or without gpu, with or without a gpu, with or without gpus, in january, in february, in march, in "
        "april, in june, in july, in august, in september, in october, in november, in december, january, february, "
        "march, april, june, july, august, september, october, november, december, monday, tuesday, wednesday, "
        "thursday, friday, saturday, sunday, realistically, honestly, frankly, seriously, chance, any idea, any "
        "chance, any thoughts, would you mind, do you mind, go ahead, mind, in english, in portuguese, combine, "
        "combined with, contact, continue, entry, format, happen, import, initial, major, minor, matter, matters, "
        "media, older, power, powerful, powered, provide, provides, quota, serve, serves, serving, share, similar, "
        "speed, state, states of, status, result of, several, various, few, couple of times, certain, main, mostly, "
        "often, usually, wondering, curious, figure, roughly how, rough, ballpark, ok so, cheers, folks, guys, btw, "
        "fyi, rn, asap, pls, plz, thx, ur, gonna, wanna, got to, gotta, kinda, basically, say we, lets say, id, ill, "
        "ive, im, were, weve, theyre, thats, theres, heres, heavy, light, beefy, tiny, decent, solid, typically, "
        "typical, regular, normal, standard machine, simplest, easy, fast, faster, quick one, fully, whole, entire, "
        "each one, per machine, per server, per node, per vm, possible, possibly, maybe, perhaps, whichever, "
        "whatever, preferably, prefer, ideally, located, based in, deploy it, hosted, deployed, continuous, "
        "constantly, instead, thing is, quite, together, average, plus tax, roughly speaking, end, started, starting",
        "casos, em ingles, em portugues, contato, continuar, corte de, estado, existe, gosta, linha, nivel, "
        "processo, pronto, proprio, servir, serve, servem, sobra, suporte, varios, varias, visto, segundo, "
        "primeira, alternativas de, contar, buscar por, busca, algumas das, possivel, possiveis, "
        "talvez, preferencia, de preferencia, preferencialmente, prefiro, localizada, localizado, hospedada, "
        "hospedado, geralmente, normalmente, constante, continuamente, em media, media, inteira, inteiro, completa, "
        "completo, total de, minima, minimas, simples, rapida, rapido, por maquina, por servidor, por vm, por "
        "instancia, momento que, dado que, considerando, lembrando, partir, inicio, fim, ficando, acabar, "
        "conseguir, consigo, tipo assim, tal, tais, cujo, ainda assim, aliás, alias, enfim, nosso time, time, "
        "pessoal",
    ),
    (
        Sign.ORDER_BY,
        None,
        "from cheapest to most expensive, cheapest first, cheapest to most expensive",
        "das mais baratas para as mais caras, do mais barato para o mais caro, do mais barato ao mais caro, da mais "
        "barata para a mais cara, mais baratas primeiro, mais barato primeiro, das mais baratas as mais caras",
    ),
)
