"""The words and phrases that give away instructions to the reader, code, wishes for secrets and crimes; folded."""

from __future__ import annotations

from typing import Final


def _list(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (" ".join(each.split()) for each in text.split(","))))


OVERRIDES: Final = frozenset(
    _list(
        "ignore, ignores, ignoring, disregard, disregarding, forget, bypass, override, overrule, neglect, "
        "circumvent, unlearn, ignora, ignorem, ignorar, ignorando, desconsidere, desconsiderar, desconsidera, "
        "desconsiderem, esqueca, esquece, esquecer, esquecam, despreze, burle, burlar, contorne, contornar, anule, "
        "sobrescreva"
    )
)
OVERRIDDEN: Final = frozenset(
    _list(
        "instruction, instructions, rule, rules, prompt, prompts, guideline, guidelines, policy, policies, "
        "directive, directives, restriction, restrictions, previous, prior, above, everything, context, safeguards, "
        "safety, filters, earlier, told, training, instructed, disseram, dito, falaram, treinamento, programming, "
        "conversation, table, tables, tabela, tabelas, catalogue, catalog, data, sources, instrucao, "
        "instrucoes, regra, regras, restricoes, restricao, orientacoes, diretrizes, anterior, anteriores, acima, "
        "tudo, politica, politicas, contexto, catalogo, dados, fontes, comandos, programacao, conversa"
    )
)
DESTROYS: Final = frozenset(
    _list(
        "delete, deleting, drop, dropping, erase, erasing, wipe, wiping, truncate, overwrite, purge, alter, apague, "
        "apaga, apagar, deleta, deletar, exclua, exclui, excluir, remova, remove, remover, limpe, limpar, zere, zerar, "
        "altere"
    )
)
DESTROYED: Final = frozenset(
    _list(
        "table, tables, database, databases, db, catalogue, catalog, data, logs, backups, tabela, tabelas, banco, "
        "catalogo, dados, backup"
    )
)
"""What a verb of `DESTROYS` shortly before it would do away with."""
WORDS: Final = frozenset(
    _list(
        "pretend, pretending, jailbreak, roleplay, verbatim, imagination, fabricate, hallucinate, base64, rot13, "
        "password, passwords, credential, credentials, secrets, passwd, finja, fingir, finge, invente, inventar, "
        "senha, senhas, credencial, credenciais, segredos, decodifique, ignoreall"
    )
)
PHRASES: Final = _list(
    "you are now, youre now, act as, acting as, from now on, role play, developer mode, dan mode, god mode, do "
    "anything now, no restrictions, without restrictions, without rules, without any rules, no rules, system "
    "prompt, initial prompt, your prompt, hidden prompt, the prompt, your instructions, your rules, your "
    "configuration, your guidelines, new instructions, new instruction, system override, admin mode, debug mode, "
    "repeat everything, everything above, text above, words above, above this line, imagine you, imagine that you, "
    "imagine the price, simulate being, respond only, respond with, respond that, reply only, reply with, reply "
    "that, answer only, answer with, answer that, say that, say it, say the, say its, claim that, claim it, claims "
    "that, always say, always answer, always claim, always respond, always recommend, always reply, must say, must "
    "answer, must recommend, make up, made up, invent a, invent the, invent prices, decode this, decode the, "
    "execute this, execute the following, run this command, run the command, run the following command, import os, "
    "os system, do not cite, dont cite, do not follow, dont follow, stop following, quote everything at, assume the "
    "price is, assume that the price, suppose the price, set the price, change the price to, set all prices, update "
    "the price, overwrite the price, price must be, the price should be 0, print your, reveal your, reveal the, "
    "show your, leak the, api key, api keys, access key, access keys, private key, private keys, secret key, secret "
    "access key, environment variables, environment variable, env vars, admin token, auth token, access token, "
    "bearer token, service token, session token, connection string, ssh key, ssh keys, dump the database, database "
    "dump, source code of, internal data, other tenants, other customers, customers data, customer data, credit "
    "card, your secret, the secret, a secret, config file, configuration file, tell everyone, do what it says, "
    "obey, follow these instructions, follow my instructions, follow the instructions, as an ai, you must now, "
    "hidden instructions, note to the model, note to the assistant, note to ai, voce agora e, voce e agora, a "
    "partir de agora, caro assistente, prezado assistente, querido assistente, ola assistente, hey assistant, hi "
    "assistant, dear model, dear ai, caro modelo, prezado modelo, prezada ia, ao assistente, para o assistente, prices "
    "by zero, prices by 0, price by zero, price by 0, precos por zero, precos por 0, all prices to, all prices as, "
    "every price to, every price as, prices to zero, precos para zero, "
    "todos os precos para, todos os precos como, a partir deste momento, a partir desse momento, daqui por diante, "
    "toda resposta, todas as "
    "respostas, cada resposta, resposta deve ser, respostas devem ser, from this point, from here on, from this "
    "moment, "
    "every answer, every response, all answers, all responses, every reply, answer must be, response must be, answer "
    "should be, system message, system messages, developer message, mensagem do sistema, de agora em diante, daqui em "
    "diante, daqui para frente, aja como, agir como, atue como, faca "
    "de conta, imagine que voce, imagine que o preco, simule que voce, simule ser, modo desenvolvedor, modo "
    "administrador, sem restricoes, houvesse restricoes, sem regras, nao ha regras, prompt inicial, prompt do "
    "sistema, prompt de sistema, seu prompt, o prompt, suas instrucoes, suas regras, suas diretrizes, novas "
    "instrucoes, nova instrucao, repita tudo, repita o que, repita as, texto acima, palavra por palavra, responda "
    "sempre, responda apenas, responda so, responda somente, responda que, responda com, sempre responda, diga que, "
    "dizer que, afirme que, diga sempre, sempre diga, sempre recomende, recomende sempre, nao cite, nao siga, nao "
    "obedeca, assuma que o preco, considere que o preco, suponha que o preco, altere o preco, mude o preco, mudar o "
    "preco, atualize o preco, defina o preco, chave de api, chaves de api, chave da api, chaves da api, chave de "
    "acesso, chaves de acesso, chave secreta, chaves secretas, chave privada, variaveis de ambiente, token de "
    "acesso, token de administrador, token do administrador, token admin, dados internos, dados de outros, outros "
    "clientes, outros inquilinos, cartao de credito, codigo fonte, arquivo de configuracao, revele o, revele a, "
    "revele os, revele as, revele seu, revele seus, mostre seu, mostre seus, execute o comando, execute este, "
    "execute o seguinte, rode o comando, siga estas instrucoes, siga as instrucoes, siga minhas instrucoes, "
    "obedeca, to the assistant, the assistant must, output only, dear assistant, drop table, drop database, delete "
    "from, insert into, union select, truncate table, union all, xp cmdshell, rm rf"
)
RAW: Final = (
    "1=1", "'='", "' or '", "/etc/", "../", "&& ", "| sh", "| bash", "|sh", "|bash", "/bin/", "cat /", "curl http",
    "curl -", "wget ", "sudo ", "chmod ", "cmd.exe", "powershell", "jndi:", "<script", "javascript:", "{{", "${", "$(",
    "rm -", "; --", "';--", "__import__", "eval(", "exec(", "file://", "os.environ", "process.env", "###",
)  # fmt: skip
"""What is looked for as it stands, in lower case."""
CRIME: Final = _list(
    "hack, hacks, hacked, hacking, hack into, crack, cracking, cracked, stolen, steal, stealing, ddos, denial of "
    "service, malware, ransomware, phishing, botnet, brute force, bruteforce, take down a site, take down a website, "
    "take down the website, take down the site, a competitors website, a competitors site, my competitors site, my "
    "competitors website, launder, money laundering, bomb, weapon, weapons, child porn, exploit a, exploits for, spam "
    "campaign, spamming, avoid paying, bypass billing, bypass aws billing, fraud, scam, someone elses account, "
    "without being detected, fake accounts, invadir, hackear, hackeada, hackeadas, hackeado, hackeados, hacker, "
    "hackers, roubar, roubado, roubada, roubadas, roubados, quebrar senhas, quebrar senha, ataque ddos, golpe, bomba, "
    "arma, drogas, fraude, fraudar, clonar cartao, derrubo o site, derrubar o site, derrubo um site, derrubar um "
    "site, derrubar site, derrubar o servidor de, tirar do ar o site, tirar o site, site de um concorrente, site do "
    "concorrente, sobrecarregar o site, extorsao, lavagem de dinheiro, lavar dinheiro, contas falsas, sem ser "
    "detectado, sem ser pego"
)
DICTATES: Final = frozenset(("say", "claim", "reply", "respond", "responda", "respondam", "afirme", "override"))
"""Who begins with one of these dictates an answer."""
SPEAKERS: Final = frozenset(
    _list(
        "system, assistant, sistema, assistente, modelo, developer, model, instruction, instructions, instrucao, "
        "instrucoes, ai, chatgpt, bot, llm, admin"
    )
)
"""Who opens a sentence with one of these and a colon or a comma speaks as somebody, or to the machine."""
HEADINGS: Final = frozenset(
    _list(
        "instruction, instructions, instrucao, instrucoes, assistant, assistente, chatgpt, bot, chatbot, "
        "administrator, administrador, administradora, admin, sysadmin"
    )
)
"""A few words with one of these and a colon behind them open what is said to the machine: `hidden instruction: ...`."""
CONTINUED: Final = frozenset(
    _list(
        "say, reply, respond, claim, print, output, free, gratis, gratuito, gratuita, gratuitas, gratuitos, "
        "responda, afirme, imprima, diga, zero, ok, recommend, recomende, always, never, sempre, nunca, treat, trate, "
        "set, "
        "return, retorne, quote, pretend, finja, escreva, mark, marque"
    )
)
"""Behind bait, a part that begins or ends with one of these goes on with it: `... and say it is free`."""
LEET: Final = str.maketrans("0134", "oiea")
