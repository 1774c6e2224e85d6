"""Questions as people ask them, and the note that answers each: twenty in each language.

They were written before the retrieval was tuned, and say things in words of their own where they can.
"""

from __future__ import annotations

from services.pricing.domain.knowledge.note import Language

EN, PT = Language.ENGLISH, Language.PORTUGUESE

# (language, provider that is asked for, question, notes that answer it)
QUESTIONS: tuple[tuple[Language, str, str, tuple[str, ...]], ...] = (
    (EN, "aws", "How much warning do I get before AWS takes a spot machine away?", ("spot-aws",)),
    (EN, "azure", "what happens to my disks when an azure spot vm is evicted", ("spot-azure",)),
    (EN, "gcp", "how many seconds does google give me on preemption", ("spot-gcp", "preemptible-gcp")),
    (EN, "", "is low priority the same thing as spot on azure?", ("low-priority-azure", "spot-azure")),
    (EN, "aws", "difference between standard and convertible RIs", ("reserved-aws",)),
    (EN, "aws", "does a reserved instance guarantee that there is capacity", ("reserved-aws",)),
    (EN, "", "which is better, compute savings plan or ec2 instance savings plan", ("savings-plans-aws",)),
    (EN, "azure", "can I cancel a savings plan", ("savings-plan-azure",)),
    (EN, "gcp", "what is a flexible CUD", ("committed-use-gcp",)),
    (EN, "gcp", "do I get a discount automatically if the vm runs the whole month?", ("sustained-use-gcp",)),
    (EN, "", "I need eight H100 for two weeks in January, can I book them in advance?", ("capacity-blocks-aws",)),
    (EN, "", "what are cpu credits and why is my t3 slow", ("burstable",)),
    (EN, "", "is a vcpu a physical core or a hyperthread", ("vcpu",)),
    (EN, "", "why do I pay for traffic between availability zones", ("egress",)),
    (EN, "", "can I use my existing windows server licenses", ("byol",)),
    (EN, "", "how much memory has an H100", ("gpus-memory",)),
    (EN, "", "after how many months does an upfront payment pay off", ("break-even",)),
    (EN, "", "where do your numbers come from", ("figures", "reference-catalogue")),
    (EN, "", "how many servers do I need for 500 requests per second at 200 ms", ("capacity-planning",)),
    (EN, "", "what does a million output tokens cost", ("token-prices",)),
    (PT, "aws", "quanto tempo antes a AWS avisa que vai tirar minha instância spot?", ("spot-aws",)),
    (PT, "azure", "o que acontece com os discos quando uma vm spot do azure é removida", ("spot-azure",)),
    (PT, "gcp", "quantos segundos o google dá na preempção", ("spot-gcp", "preemptible-gcp")),
    (PT, "", "baixa prioridade é a mesma coisa que spot no azure?", ("low-priority-azure", "spot-azure")),
    (PT, "aws", "diferença entre instância reservada padrão e conversível", ("reserved-aws",)),
    (PT, "aws", "a instancia reservada garante que vai ter maquina disponivel?", ("reserved-aws",)),
    (PT, "", "qual é melhor, compute savings plan ou ec2 instance savings plan", ("savings-plans-aws",)),
    (PT, "azure", "posso cancelar um plano de economia", ("savings-plan-azure",)),
    (PT, "gcp", "o que é um CUD flexível", ("committed-use-gcp",)),
    (PT, "gcp", "ganho desconto automático se a vm rodar o mês inteiro?", ("sustained-use-gcp",)),
    (PT, "", "preciso de oito H100 por duas semanas em janeiro, dá para reservar antes?", ("capacity-blocks-aws",)),
    (PT, "", "o que são créditos de cpu e por que minha t3 está lenta", ("burstable",)),
    (PT, "", "um vcpu é um núcleo físico ou uma thread", ("vcpu",)),
    (PT, "", "por que pago trafego entre zonas", ("egress",)),
    (PT, "", "posso usar minhas licenças de windows server que já tenho", ("byol",)),
    (PT, "", "quanta memória tem uma H100", ("gpus-memory",)),
    (PT, "", "em quantos meses um pagamento adiantado se paga", ("break-even",)),
    (PT, "", "de onde vêm os números de vocês", ("figures", "reference-catalogue")),
    (PT, "", "quantos servidores preciso para 500 requisições por segundo com 200 ms", ("capacity-planning",)),
    (PT, "", "quanto custa um milhão de tokens de saída", ("token-prices",)),
)
