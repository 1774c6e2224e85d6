"""Why the most important of ruff's rules matter and what to do, in our words."""

from __future__ import annotations

RUFF_ADVICE: dict[str, str] = {
    "PERF101": "Looping over `list(x)` copies x first. Loop over x itself, unless the loop changes it.",
    "PERF102": "Only keys or only values are used, yet each step makes a pair. Loop over the dict or `.values()`.",
    "PERF401": "Each `append` is a method call. A comprehension builds the list in one go, usually 1.1 to 1.5 times as "
    "fast, and says at a glance that a list is made.",
    "PERF402": "The loop copies element by element. `list(x)` or `extend` copies at C speed.",
    "PERF403": "A dict comprehension builds the dict in one go and says so at a glance.",
    "C400": "The generator is resumed for every element. A list comprehension builds the list directly.",
    "C401": "The generator is resumed for every element. A set comprehension builds the set directly.",
    "C402": "The generator makes a tuple for every item. A dict comprehension builds the dict directly.",
    "C416": "The comprehension copies without changing anything. Call `list`, `set` or `dict`, which copy at C speed.",
    "C417": "Calling a lambda costs more than evaluating an expression in place. Write a comprehension.",
    "C414": "The inner call makes a collection that the outer one throws away at once. Drop the inner call.",
    "RUF015": "A whole list is made to read one element. `next(iter(x))` reads just that one; mind that an empty x "
    "then raises StopIteration instead of IndexError.",
    "RUF017": "`sum` with a list as start copies everything gathered so far at every step: quadratic time. Use "
    "`itertools.chain.from_iterable` or a comprehension.",
    "FURB129": "`readlines` holds the whole file in memory. A file is iterable: loop over it line by line.",
    "FURB192": "Sorting takes O(n log n) to find one extreme. `min` and `max` take one pass.",
    "PIE810": "`startswith` and `endswith` take a tuple of candidates: one call instead of several.",
    "G004": "The text is formatted even when the level is off. Pass the values as arguments, and logging formats only "
    "what it writes.",
    "ASYNC210": "A blocking HTTP call stops the event loop, and with it every other task. Use an asynchronous client.",
    "ASYNC230": "Opening a file blocks the event loop. Hand it to a thread (`asyncio.to_thread`).",
    "ASYNC251": "`time.sleep` stops every task of the loop. Await `asyncio.sleep`.",
    "B006": "The default is made once and shared by all calls: what one call puts in, the next one finds. Default to "
    "None and make the object inside.",
    "B008": "The call in the default runs once, at definition, not at every call. Move it inside unless that is meant.",
    "B012": "`return`, `break` or `continue` in `finally` swallows the exception that is on its way.",
    "B019": "The cache holds `self`, so instances live as long as the cache. Cache on the instance, or a function.",
    "B023": "The function sees the variable as it is when called, not when defined: usually the last value. Bind it "
    "as a default argument.",
    "B904": "Without `from`, the traceback reads as if handling had failed. Say `from error` or `from None`.",
    "F401": "The import is not used: it costs start-up time and misleads. Remove it, or re-export it explicitly.",
    "F811": "The earlier definition is replaced before anything used it; often two tests or methods share a name.",
    "F821": "The name is not defined anywhere: this line raises NameError when it runs.",
    "F841": "The value is computed, bound and never read. Drop the binding, or the computation too.",
    "RUF006": "The event loop keeps only a weak reference to a task: it may vanish half-way. Keep a reference.",
    "RUF012": "The object is shared by all instances. Annotate it as ClassVar if meant, else make it in `__init__`.",
    "S102": "`exec` runs whatever the text says. Never give it text that somebody else can influence.",
    "S301": "Unpickling can run any code. Only unpickle what you wrote and nobody could change; else use JSON.",
    "S307": "`eval` runs whatever the text says. `ast.literal_eval` reads literals safely.",
    "S324": "MD5 and SHA-1 are broken against forgery. Use SHA-256, or say `usedforsecurity=False` for checksums.",
    "S501": "Without certificate checks anybody on the way can read and change the traffic.",
    "S506": "`yaml.load` with a full loader makes arbitrary objects. Use `yaml.safe_load`.",
    "S602": "A shell interprets the text: an attacker's input can become a command. Pass a list without a shell.",
    "S605": "The command goes through a shell, which interprets everything in it. Use `subprocess.run` with a list.",
    "S608": "SQL put together from strings invites injection. Pass values as parameters.",
    "SIM115": "Without `with`, the file stays open when an exception comes by, until the object is collected.",
    "UP006": "Since 3.9 the built-in collections are generic themselves: `list[int]` needs no import.",
    "UP007": "Since 3.10 a union can be written `X | Y`.",
    "UP032": "An f-string shows the value where it goes, and is faster than `str.format`, which parses its template at "
    "run time.",
}
