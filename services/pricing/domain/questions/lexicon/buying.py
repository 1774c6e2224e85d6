"""Words for who sells, how one buys and what: `(sign, value, English phrases, Portuguese phrases)`, phrases folded."""

from __future__ import annotations

from typing import Final

from services.pricing.domain.offers import Architecture, OperatingSystem, Payment, Provider, Purchase, Tenancy
from services.pricing.domain.questions.lexicon.signs import PERMISSION, Sign

BUYING: Final[tuple[tuple[Sign, object, str, str], ...]] = (
    (Sign.PROVIDER, Provider.AWS, "=aws, amzn, amazon, amazon web services, amazon aws, amazon ec2, aws ec2, ec2", ""),
    (Sign.PROVIDER, Provider.AZURE, "=azure, msft, msft azure, microsoft azure, microsoft, ms azure", ""),
    (
        Sign.PROVIDER,
        Provider.GCP,
        "=gcp, google, google cloud, google cloud platform, google compute engine, compute engine, gce, gcloud",
        "nuvem do google, nuvem da google",
    ),
    (
        Sign.OTHER_PROVIDER,
        None,
        "=oracle, oracle cloud, oci, digitalocean, digital ocean, hetzner, ibm cloud, ibm, alibaba, alibaba cloud, "
        "linode, ovh, ovhcloud, coreweave, lambda labs, runpod, vultr, scaleway, tencent cloud, paperspace, vast "
        "ai, locaweb, magalu cloud",
        "",
    ),
    (
        Sign.ANY_PROVIDER,
        None,
        "any cloud, any provider, all clouds, all providers, every cloud, every provider, *cloud, clouds, provider, "
        "providers, cloud provider, cloud providers, all three clouds, three clouds, anywhere",
        "qualquer nuvem, qualquer provedor, todas as nuvens, todos os provedores, nuvem, nuvens, provedor, provedores, "
        "tres nuvens, qualquer lugar, mundo todo, mundo inteiro",
    ),
    (
        Sign.MACHINE,
        None,
        "instance, instances, *vm, *vms, virtual machine, virtual machines, server, servers, machine, machines, "
        "node, nodes, box, boxes, instance type, instance types, compute, computer, computers, hosts, worker, "
        "workers, vps, type, types, sku, skus, family, families, replica, replicas, cluster",
        "instancia, instancias, maquina, maquinas, maquina virtual, maquinas virtuais, servidor, servidores, no de "
        "computacao, tipo de instancia, tipos de instancia, computacao, caixa, caixas, tipos de maquina, familia, "
        "familias, computador, computadores",
    ),
    (
        Sign.PURCHASE,
        Purchase.ON_DEMAND,
        "=on demand, ondemand, pay as you go, payg, pay per use",
        "sob demanda, por demanda",
    ),
    (
        Sign.PURCHASE,
        Purchase.SPOT,
        "=spot, spot price, spot prices, preemptible, preemptibles, preemptible vm, preemptible vms, pre emptible",
        "instancia spot, instancias spot, preemptivel, preemptiveis, preco spot, precos spot, preemptiva, "
        "preemptivas, preempcao",
    ),
    (
        Sign.PURCHASE,
        Purchase.RESERVED,
        "reserved, reserved instance, reserved instances, reservation, reservations, reserve, reserving, *ri, *ris",
        "reservada, reservadas, reservado, reservados, reserva, reservas, reservar, instancia reservada, instancias "
        "reservadas, reservando, reservo",
    ),
    (
        Sign.PURCHASE,
        Purchase.SAVINGS_PLAN,
        "=savings plan, sp, sps, savings plans, saving plan, saving plans, compute savings plan, compute savings plans",
        "plano de economia, planos de economia, plano de poupanca",
    ),
    (
        Sign.PURCHASE,
        Purchase.COMMITTED_USE,
        "=cud, cuds, committed use, committed use discount, committed use discounts, committed use contract",
        "uso comprometido, desconto por uso comprometido, descontos por uso comprometido, compromisso de uso, "
        "desconto por compromisso de uso, descontos por compromisso de uso, descontos de uso comprometido, desconto "
        "de uso comprometido",
    ),
    (
        Sign.PURCHASE,
        Purchase.SUSTAINED_USE,
        "sustained use, sustained use discount, sustained use discounts, =sud",
        "uso continuo, desconto por uso continuo, descontos por uso continuo, uso sustentado, uso prolongado, "
        "desconto por uso prolongado, descontos por uso prolongado, descontos de uso continuo, desconto por uso "
        "sustentado, descontos por uso sustentado",
    ),
    (Sign.PURCHASE, Purchase.LOW_PRIORITY, "=low priority", "baixa prioridade"),
    (
        Sign.PURCHASE,
        Purchase.CAPACITY_BLOCK,
        "=capacity block, capacity blocks",
        "bloco de capacidade, blocos de capacidade",
    ),
    (
        Sign.COMMITMENT,
        None,
        "commitment, commitments, commit, committed, term, contract, lock in, *upfront, up front",
        "compromisso, compromissos, contrato, fidelidade, comprometer, comprometido, prazo, adiantado",
    ),
    (
        Sign.PAYMENT,
        Payment.NO_UPFRONT,
        "*no upfront, no up front, without upfront, zero upfront, nothing upfront, no upfront payment, nothing up "
        "front, without upfront payment, without paying upfront, 0 upfront, zero up front, no money down, no "
        "prepayment, without prepayment, without any prepayment, zero down",
        "sem adiantamento, sem pagamento adiantado, sem entrada, sem pagamento antecipado, sem pagamento inicial, "
        "sem adiantar nada, nada adiantado, sem pagar adiantado, sem adiantar, nenhum adiantamento, zero de entrada",
    ),
    (
        Sign.PAYMENT,
        Payment.PARTIAL_UPFRONT,
        "*partial upfront, partially upfront, partial up front, partial payment, partial upfront payment, half "
        "upfront, partly upfront",
        "pagamento parcial, parcialmente adiantado, parcial adiantado, adiantamento parcial, entrada parcial, "
        "pagamento parcial adiantado, pagamento adiantado parcial, parte adiantada, com entrada",
    ),
    (
        Sign.PAYMENT,
        Payment.ALL_UPFRONT,
        "*all upfront, all up front, full upfront, fully upfront, paid upfront, everything upfront, full up front, "
        "all upfront payment, full upfront payment, entirely upfront, paid in full, paying upfront, pay upfront, "
        "all paid upfront, prepaid, fully prepaid",
        "tudo pago na frente, pago na frente, pre pago, tudo pago a cabeca, pago a cabeca, a cabeca, pagamento a "
        "cabeca, pronto pagamento, a pronto, tudo pago adiantado, tudo pago no inicio, pagando tudo de uma vez, tudo "
        "de uma vez, pago tudo de uma vez, pago integralmente, tudo adiantado, totalmente adiantado, pagamento "
        "adiantado, pago adiantado, pagamento total adiantado, a vista, pagamento a vista, pagamento integral, tudo a "
        "vista, pagamento adiantado total, tudo antecipado, todo adiantado, toda adiantada, tudo pago antes, pago "
        "todo adiantado, pago tudo adiantado, pagamento antecipado, pagando tudo adiantado, integralmente adiantado",
    ),
    (
        Sign.SYSTEM,
        OperatingSystem.LINUX,
        "=linux, ubuntu, debian, amazon linux, centos, rocky linux, alma linux",
        "",
    ),
    (Sign.SYSTEM, OperatingSystem.WINDOWS, "=windows, windows server, win server", "servidor windows"),
    (Sign.SYSTEM, OperatingSystem.RHEL, "=rhel, red hat, redhat, red hat enterprise linux, red hat linux", ""),
    (Sign.SYSTEM, OperatingSystem.SUSE, "=suse, sles, suse linux", ""),
    (Sign.SYSTEM, OperatingSystem.UBUNTU_PRO, "=ubuntu pro", ""),
    (Sign.ARCHITECTURE, Architecture.ARM64, "=arm, arm64, aarch64, ampere altra, arm based, cobalt 100, axion", ""),
    (
        Sign.ARCHITECTURE,
        Architecture.X86_64,
        "=x86, x86 64, x64, amd64, x86 based, intel, amd, xeon, epyc",
        "",
    ),
    (Sign.GRAVITON, None, "=graviton, graviton2, graviton3, graviton4, aws graviton, graviton based", ""),
    (
        Sign.TENANCY,
        Tenancy.HOST,
        "=dedicated host, dedicated hosts",
        "host dedicado, hosts dedicados, servidor fisico dedicado",
    ),
    (
        Sign.TENANCY,
        Tenancy.DEDICATED,
        "dedicated, dedicated tenancy, dedicated instance, dedicated instances, single tenant, dedicated hardware, "
        "isolated hardware",
        "dedicada, dedicadas, dedicado, dedicados, instancia dedicada, instancias dedicadas, hardware dedicado, "
        "locacao dedicada",
    ),
    (Sign.TENANCY, Tenancy.SHARED, "shared tenancy, shared hardware", "hardware compartilhado, locacao compartilhada"),
    (
        Sign.BURSTABLE,
        None,
        "=burstable, burst, burstable instances, bursting",
        "com creditos de cpu, expansivel, expansiveis, intermitente, intermitentes",
    ),
    (
        Sign.INTERRUPTION,
        None,
        "interrupted, interruption, interruptions, interruptible, interrupting, preempted, preemption, preemptions, "
        "evicted, eviction, evictions, interrupt, interrupts, reclaimed",
        "interrompida, interrompido, interrompidas, interrompidos, interrupcao, interrupcoes, interrompivel, "
        "interromper, despejo, preemptada, interrompa, interrompam, cair a qualquer momento",
    ),
    (
        Sign.TOLERANT,
        None,
        "interruption tolerant, fault tolerant, tolerant to interruptions, interruptions tolerated, stateless and "
        "restartable, can go down, can die, may go down, may die, can be lost, ok to lose, can be killed, may be "
        "killed, "
        "can be taken away, can disappear, may disappear, can be killed at any time, taken away at any time, "
        "checkpointed",
        "podem matar, pode matar, pode ser morta, podem ser mortas, recomeca sozinho, recomeca sozinha, retoma "
        "sozinho, retoma sozinha, tolerante a falhas, tolerante a interrupcoes, tolerante a interrupcao, tolerantes a "
        "falhas, tolerantes a interrupcoes, pode cair, podem cair, pode cair no meio, pode parar no meio, pode "
        "morrer, pode ser derrubada, pode ser derrubado, podem ser derrubadas, pode sumir",
    ),
    (
        Sign.INTOLERANT,
        None,
        "uninterrupted, uninterruptible, non interruptible, interruption free, never go down, non preemptible, cant go "
        "down, cannot go down, must not go "
        "down, cant die, cant be killed, cannot be killed, must stay up, has to stay up, cant disappear, mission "
        "critical",
        "ininterrupto, ininterrupta, ininterruptos, ininterruptas, ininterruptamente, nao interrompivel, nao pode "
        "cair, nao podem cair, nao pode parar, nao pode ser derrubada, nao podem ser derrubadas, nao pode sumir, "
        "missao "
        "critica",
    ),
    (
        Sign.FINE,
        PERMISSION,
        "fine, ok, okay, acceptable, allowed, no problem, not a problem, isnt a problem, dont mind, doesnt mind, do "
        "not mind, does not mind, wont mind, would not mind, wouldnt mind, dont care if, do not care if, dont care "
        "whether, ok with, okay with, fine with, open to, happy with, permitted, tolerated",
        "tudo bem, sem problema, sem problemas, nao tem problema, nao ha problema, nao e problema, nao me importo, nao "
        "me importo se for, nao importa se, nao ligo, nao ligo que seja, nao ligo se for, tanto faz, tanto faz se, "
        "tanto faz ser, tanto faz se for, pode ser",
    ),
    (
        Sign.FINE,
        None,
        "can, may, could, tolerate, tolerates, tolerating, accept, accepts, no issue, handles, handle, survives, "
        "survive, no big deal, dont care about, not matter",
        "pode, podem, possa, possam, poder, posso, podemos, poderia, tolero, tolera, toleram, tolerar, tolerando, "
        "aceito, aceita, aceitam, aceitamos, aceitando, nao "
        "importa, suporta, suportam, aguenta, toleramos",
    ),
    (
        Sign.CURRENCY,
        "USD",
        "*usd, dollar, dollars, us dollars, us dollar, *us$, bucks, buck",
        "dolar, dolares, dolares americanos, dolar americano",
    ),
    (Sign.CURRENCY, "EUR", "=eur, euro, euros", ""),
    (
        Sign.CURRENCY,
        "BRL",
        "=brl, r$, brazilian real",
        "real, reais, reais brasileiros, conto, contos, pila, pilas, mangos",
    ),
    (
        Sign.CURRENCY,
        "GBP",
        "*gbp, pounds, pound, british pounds, sterling, quid, pounds sterling",
        "libra, libras, libras esterlinas",
    ),
    (Sign.CURRENCY, "JPY", "*jpy, *yen", "iene, ienes"),
    (Sign.CURRENCY, "INR", "*inr, rupees, rupee", "rupia, rupias"),
    (Sign.CURRENCY, "CAD", "*cad, canadian dollars", "dolares canadenses"),
    (Sign.CURRENCY, "AUD", "*aud, australian dollars", "dolares australianos"),
    (Sign.CURRENCY, "CHF", "*chf, swiss francs", "francos suicos"),
    (Sign.CENTS, "USD", "cent, cents, us cents", "centavo, centavos, centavos de dolar"),
)
