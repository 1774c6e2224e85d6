"""The pages on which a person lets a device in. They work in every browser, without script and without cookies."""

from __future__ import annotations

from html import escape
from string import Template

from services.identity.oauth.domain import scopes
from services.identity.oauth.usecases.decide_on_device import Question

_FRAME = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title - Malha</title>
<style>
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 26rem; margin: 3rem auto; padding: 0 1rem }
label { display: block; margin-top: 1rem }
input { font: inherit; width: 100%; box-sizing: border-box; padding: .4rem }
#user_code { text-transform: uppercase; letter-spacing: .15em }
button { font: inherit; margin: 1.5rem .5rem 0 0; padding: .4rem 1.2rem }
.problem { border-left: .3rem solid #c00; padding-left: .7rem }
ul { max-height: 14rem; overflow: auto }
</style>
</head>
<body>
<main>
<h1>$title</h1>
$body
</main>
</body>
</html>
""")

_SIGN_IN = Template("""$problem<p>A device asks to act for you. Go on only if you started this
yourself, and if the device shows this very code.</p>
<form method="post" action="/oauth2/device" autocomplete="on">
<label for="user_code">Code on the device</label>
<input id="user_code" name="user_code" value="$user_code" required maxlength="32" autocomplete="off" spellcheck="false">
<label for="username">Username</label>
<input id="username" name="username" value="$username" required maxlength="256" autocomplete="username"
spellcheck="false">
<label for="password">Password</label>
<input id="password" name="password" type="password" required maxlength="1024" autocomplete="current-password">
<label for="otp">Code of your authenticator, if you have one</label>
<input id="otp" name="otp" maxlength="64" inputmode="text" autocomplete="one-time-code" spellcheck="false">
<button type="submit">Go on</button>
</form>
""")

_DECISION = Template("""<p><strong>$client</strong> asks to act as <strong>$name</strong> and to be allowed:</p>
<ul>$scope</ul>
<p>If you did not start this yourself, turn it away: somebody may be trying to get in as you.</p>
<form method="post" action="/oauth2/device" autocomplete="off">
<input type="hidden" name="ticket" value="$ticket">
<button type="submit" name="decision" value="deny">Turn it away</button>
<button type="submit" name="decision" value="approve">Let it in</button>
</form>
""")


def sign_in(user_code: str, username: str = "", *, problem: str = "") -> str:
    """The page with the code and the credentials; `problem` says why it is shown again."""
    said = f'<p class="problem" role="alert">{escape(problem)}</p>\n' if problem else ""
    body = _SIGN_IN.substitute(problem=said, user_code=escape(user_code), username=escape(username))
    return _FRAME.substitute(title="Let a device in", body=body)


def decision(question: Question, client: str) -> str:
    """The page that asks whether `client` is let in."""
    everything = question.scope == scopes.ALL
    names = ["everything that you are allowed to do"] if everything else question.scope.split(" ")
    body = _DECISION.substitute(
        client=escape(client),
        name=escape(question.name),
        scope="".join(f"<li>{escape(name)}</li>" for name in names),
        ticket=escape(question.ticket),
    )
    return _FRAME.substitute(title="Let this device in?", body=body)


def decided(*, approved: bool) -> str:
    """The last page."""
    text = "The device is let in. You can close this page." if approved else "The device is turned away."
    return _FRAME.substitute(title="Done", body=f"<p>{text}</p>")
