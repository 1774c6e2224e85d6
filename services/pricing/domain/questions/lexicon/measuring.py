"""Words for amounts and their limits: `(sign, value, English phrases, Portuguese phrases)`, phrases folded."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import Final

from services.pricing.domain.questions.lexicon.signs import Sign


class Span(Enum):
    """A length of time, in hours: a month is a twelfth of 365 days."""

    MINUTE = Decimal(1) / 60
    HOUR = Decimal(1)
    DAY = Decimal(24)
    WEEKEND = Decimal(48)
    WEEK = Decimal(168)
    FORTNIGHT = Decimal(336)
    MONTH = Decimal(730)
    QUARTER = Decimal(2_190)
    HALF_YEAR = Decimal(4_380)
    YEAR = Decimal(8_760)


HOURS_BY_DAYS: Final = tuple(f"{hours}x{days}" for hours in (8, 9, 10, 12, 16, 24) for days in (5, 6))
"""Hours of a day by days of a week, as they are written."""
MEASURING: Final[tuple[tuple[Sign, object, str, str], ...]] = (
    (
        Sign.VCPU,
        None,
        "*vcpu, *vcpus, *cpu, *cpus, *core, *cores, v cpu, v cpus, vcore, vcores, virtual cpu, virtual cpus, "
        "virtual core, virtual cores, cpu core, cpu cores, thread, threads, processor, processors",
        "nucleo, nucleos, processador, processadores, cpu virtual, cpus virtuais, nucleos de cpu, nucleos virtuais, "
        "cores de cpu",
    ),
    (
        Sign.MEMORY_UNIT,
        Decimal(1024),
        "=gb, gib, gigs, gig, gigabyte, gigabytes, gibibyte, gibibytes, g",
        "giga, gigas",
    ),
    (Sign.MEMORY_UNIT, Decimal(1), "=mb, mib, megabyte, megabytes", "mega, megas"),
    (Sign.MEMORY_UNIT, Decimal(1024 * 1024), "=tb, tib, terabyte, terabytes, tebibyte, tebibytes", "tera, teras"),
    (Sign.MEMORY, None, "memory, *ram, mem, system memory", "memoria, memoria ram, de memoria"),
    (
        Sign.GPU,
        None,
        "*gpu, *gpus, accelerator, accelerators, graphics card, graphics cards, nvidia gpu, nvidia gpus, *nvidia, "
        "gpu card, gpu cards, card, cards",
        "acelerador, aceleradores, placa de video, placas de video, placa grafica, placas, placas graficas",
    ),
    (Sign.EACH, None, "each, apiece, per gpu memory", "cada, cada uma, cada um, por placa"),
    (
        Sign.TOTAL,
        None,
        "*total, in total, altogether, combined, overall, aggregate",
        "no total, ao todo, somados, somadas, somando, soma",
    ),
    (
        Sign.VRAM,
        None,
        "=vram, gpu memory, gpu ram, video memory, video ram, memory per gpu, of gpu memory, hbm",
        "memoria de gpu, memoria de video, memoria da gpu, memoria por gpu, memoria grafica",
    ),
    (Sign.TIME, Span.MINUTE, "minute, minutes", "minuto, minutos"),
    (Sign.TIME, Span.HOUR, "hour, hours, *h, hr, hrs", "hora, horas"),
    (Sign.TIME, Span.DAY, "day, days", "dia, dias"),
    (Sign.TIME, Span.WEEKEND, "weekend, weekends", "fim de semana, fins de semana, final de semana"),
    (Sign.TIME, Span.WEEK, "week, weeks, wk, wks", "semana, semanas"),
    (Sign.TIME, Span.FORTNIGHT, "fortnight, fortnights", "quinzena, quinzenas"),
    (Sign.TIME, Span.QUARTER, "quarter, quarters", "trimestre, trimestres"),
    (Sign.TIME, Span.HALF_YEAR, "half year, half a year", "semestre, semestres, meio ano"),
    (Sign.TIME, Span.MONTH, "month, months, mo, mth, mths", "mes, meses"),
    (Sign.TIME, Span.YEAR, "year, years, yr, yrs, y", "ano, anos"),
    (
        Sign.RATE,
        Span.HOUR,
        "an hr, a hr, per hr, hourly, an hour, per hour, each hour",
        "por hora, a hora, hora a hora, p/ hora, p/h, na hora, horario, horaria",
    ),
    (
        Sign.RATE,
        Span.DAY,
        "daily, per day, a day, each day, every day",
        "por dia, p/ dia, ao dia, diario, diaria, diarios, diarias, diariamente, todo dia, todos os dias",
    ),
    (
        Sign.RATE,
        Span.WEEK,
        "weekly, per week, a week, each week, every week",
        "por semana, semanal, semanais, toda semana, na semana, semanalmente",
    ),
    (
        Sign.RATE,
        Span.MONTH,
        "bill for the month, cost for the month, cost of a month, monthly, p/m, per calendar month, per month, a "
        "month, each month, every month, whole month, entire month, full month, all month",
        "fatura do mes, conta do mes, custo do mes, valor do mes, mensalidade, mensalidades, por cada mes, cada mes, "
        "a cada mes, por mes, p/ mes, pro mes, ao mes, mensal, mensais, mensalmente, mes inteiro, todo mes, mes todo, "
        "no mes",
    ),
    (
        Sign.RATE,
        Span.YEAR,
        "yearly, per year, a year, annual, annually, annum, per annum, each year, all year, whole year, all year "
        "round, entire year, full year, year round",
        "anuidade, cada ano, a cada ano, por ano, p/ ano, ao ano, anual, anuais, anualmente, ano todo, ano inteiro, "
        "no ano",
    ),
    (
        Sign.RATE,
        Span.QUARTER,
        "quarterly, per quarter, a quarter, each quarter, every quarter, full quarter, whole quarter",
        "por trimestre, ao trimestre, trimestral, trimestrais, trimestre inteiro, no trimestre",
    ),
    (
        Sign.RATE,
        Span.HALF_YEAR,
        "half yearly, per half year",
        "por semestre, ao semestre, semestral, semestrais, semestre inteiro, no semestre",
    ),
    (
        Sign.ALWAYS,
        None,
        "*24/7, *24x7, 24 7, around the clock, round the clock, always on, nonstop, non stop, 7x24, day and night, "
        "permanently, all the time, full time, continuously",
        "24 por 7, sempre ligada, sempre ligado, sempre ligadas, sem parar, o tempo todo, sempre ligados, dia e "
        "noite, tempo integral",
    ),
    (
        Sign.WORKDAYS,
        None,
        "weekdays, business days, working days, workdays, monday to friday, mon fri, weekday, monday through "
        "friday, week days, work days, mon to fri, mon through fri, mondays to fridays",
        "dias uteis, segunda a sexta, de segunda a sexta, dia util, dias de semana, de seg a sex, seg a sex, segunda "
        "ate sexta, de segunda ate sexta",
    ),
    (
        Sign.HOURS_PATTERN,
        "8x5",
        "business hours, office hours, working hours, work hours, 9 to 5, nine to five, business hours only, office "
        "hours only",
        "horario comercial, expediente, horario de expediente, horario de trabalho",
    ),
    (
        Sign.HOURS_PATTERN,
        "24x2",
        "on weekends, weekends only, only weekends, only on weekends, every weekend",
        "nos fins de semana, aos fins de semana, so nos fins de semana, todo fim de semana, so fim de semana, nos "
        "finais de semana, aos finais de semana",
    ),
    *((Sign.HOURS_PATTERN, each, f"={each}", "") for each in HOURS_BY_DAYS),
    (
        Sign.BUDGET,
        None,
        "budget, budgets, spend up to, budget of, afford, budget is, i have, can spend, spending limit, cap, "
        "spending cap",
        "orcamento, verba, gastar ate, tenho, posso gastar, teto, limite de gasto, disponho de, orcamento de",
    ),
    (
        Sign.AT_LEAST,
        None,
        "at least, minimum, minimum of, min, no less than, not less than, no fewer than, or more, starting at, "
        "upwards of, or above, or better, and up, or greater, from",
        "pelo menos, no minimo, minimo, minimo de, a partir de, ou mais, nao menos que, ao menos, acima ou igual a, "
        "de no minimo, nao menos de, pra cima, para cima",
    ),
    (
        Sign.MORE_THAN,
        None,
        "more than, over, above, greater than, larger than, bigger than, exceeding, in excess of",
        "mais de, acima de, mais que, maior que, superior a, maior do que, mais do que",
    ),
    (
        Sign.AT_MOST,
        None,
        "at most, up to, and up to, maximum, maximum of, max, no more than, not more than, or less, not over, or "
        "fewer, or below, within, upper limit, not exceeding, or under, not above, no higher than",
        "no maximo, ate, maximo, maximo de, ou menos, nao mais que, de ate, nao mais de, sem passar de, que nao "
        "passe de, sem ultrapassar, limite de, nao passe de",
    ),
    (
        Sign.LESS_THAN,
        None,
        "less than, fewer than, under, below, cheaper than, smaller than, lower than, costing less than, beneath",
        "mais em conta que, mais em conta do que, menos de, menos que, abaixo de, menor que, inferior a, menor do "
        "que, menos do que, por menos de, mais barato que, mais barata que, mais baratas que, mais baratos que, mais "
        "barato do que, mais barata do que, mais baratas do que, mais baratos do que",
    ),
    (Sign.EXACTLY, None, "exactly, precisely, only", "exatamente, exatos, exatas, somente, apenas"),
    (Sign.BETWEEN, None, "between", "entre"),
    (Sign.HALF, None, "half", "meia, meio"),
    (Sign.DOZEN, Decimal(12), "dozen, dozens", "duzia, duzias"),
    (Sign.DOZEN, Decimal(2), "couple, pair", "par, dupla"),
    (Sign.DOZEN, Decimal(10), "", "dezena, dezenas"),
    (Sign.DOZEN, Decimal(100), "", "centena, centenas"),
    (Sign.ONE, None, "=a", ""),
    (Sign.ONE, None, "an", "um, uma"),
    (Sign.NUMBER, Decimal(1), "one, single", "so uma, so um, unica, unico"),
    (Sign.NUMBER, Decimal(0), "zero", ""),
)
NUMBER_WORDS: Final = {
    Decimal(value): words
    for value, words in (
        (2, "two, dual, =dois, =duas"),
        (3, "three, =tres"),
        (4, "four, quad, =quatro"),
        (5, "five, =cinco"),
        (6, "six, =seis"),
        (7, "seven, =sete"),
        (8, "eight, =oito"),
        (9, "nine, =nove"),
        (10, "ten, =dez"),
        (11, "eleven, =onze"),
        (12, "twelve, =doze"),
        (13, "thirteen, =treze"),
        (14, "fourteen, =quatorze, =catorze"),
        (15, "fifteen, =quinze"),
        (16, "sixteen, =dezesseis"),
        (17, "seventeen, =dezessete"),
        (18, "eighteen, =dezoito"),
        (19, "nineteen, =dezenove"),
        (20, "twenty, =vinte"),
        (30, "thirty, =trinta"),
        (40, "forty, =quarenta"),
        (50, "fifty, =cinquenta"),
        (60, "sixty, =sessenta"),
        (70, "seventy, =setenta"),
        (80, "eighty, =oitenta"),
        (90, "ninety, =noventa"),
        (100, "hundred, =cem, =cento"),
        (200, "=duzentos, =duzentas"),
        (300, "=trezentos, =trezentas"),
        (400, "=quatrocentos, =quatrocentas"),
        (500, "=quinhentos, =quinhentas"),
        (1000, "thousand, =mil"),
    )
}
"""The numerals by value; `=` marks Portuguese ones. A hundred and a thousand multiply what stands before them."""
