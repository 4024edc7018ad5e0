"""`log_append [<matcher>] [<]<key> <value>`: a field of the access log; with `<` it is taken before handlers run."""

from __future__ import annotations

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..caddyfile.cursor import Cursor
from ..errors import ConfigError
from ..http.exchange import Exchange, Middleware, first
from ..http.request_placeholders import Getter, getter
from ..module import Context, Handler

_BODIES = ("http.response.body", "http.response.body_base64")


class LogAppend(Handler, frozen=True, tag="log_append"):
    """A field; the value may be the name of a variable."""

    key: str = ""
    value: str = ""
    early: bool = False

    def provision(self, context: Context) -> Middleware:
        """Notes the field for the access log; ConfigError for bodies of answers, which are not kept."""
        value = self._getter()

        def step(exchange: Exchange) -> None:
            found = value(exchange) if self.early else None
            exchange.log_fields[self.key] = (lambda _: found) if self.early else value

        return first(step)

    def _getter(self) -> Getter:
        """A placeholder's meaning, or the variable of that name; a text that is neither stands for itself."""
        text = self.value
        if text.strip("{}") in _BODIES:
            raise ConfigError(f"log_append of {text} is understood but not supported yet", path="value")
        if text.startswith("{") and text.endswith("}") and text.count("{") == 1:
            return getter(text[1:-1])
        return lambda exchange: exchange.vars.get(text, text)


def syntax(cursor: Cursor, adaptation: Adaptation) -> LogAppend:
    """The key and the value."""
    key = cursor.text()
    value = cursor.text()
    adaptation.ignore_rest(cursor)
    cursor.finish_line()
    early = key.startswith("<") and len(key) > 1
    return LogAppend(key=key[1:] if early else key, value=value, early=early)


DIRECTIVE = handler("log_append", syntax)
