"""Render a templated playbook (`{% for %}` around YAML) such that values stay data, then run what follows.

    python render.py TEMPLATE PLAYBOOK VALUES VARIABLES… [-- COMMAND…]

Each value that the template prints becomes a random token. The text is then parsed as YAML, so that no value can add
structure to it, and the tokens become references to variables: `{{ accord_values.v3 }}`. The values themselves go to
the file VALUES, as data. A playbook that is YAML as it stands is left alone: Ansible evaluates its templates.
"""

import json
import os
import re
import secrets
import sys
import time

import jinja2
import yaml
from jinja2.sandbox import ImmutableSandboxedEnvironment

NAME = "accord_values"
UNSAFE = "__ansible_unsafe"


class RenderError(Exception):
    pass


def main(template, playbook, values, *rest):
    variables, command = _split(rest)
    try:
        with open(template, encoding="utf-8") as file:
            text = file.read()
        if not is_yaml(text):
            attributes = {}
            for name in variables:
                with open(name, encoding="utf-8") as file:
                    attributes.update(plain(json.load(file)))
            rendered, found = render(text, attributes, os.path.dirname(playbook))
            _replace(values, json.dumps({NAME: found}))
            _replace(playbook, rendered)
    except Exception as error:  # The author's template may fail in any way.
        _report(error)
        sys.exit(4)
    if command:
        os.execv(command[0], command)


def _split(arguments):
    if "--" not in arguments:
        return arguments, ()
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


def is_yaml(text):
    try:
        for _ in yaml.parse(text):
            pass
    except yaml.YAMLError:
        return False
    return True


def render(text, attributes, folder):
    """Return the playbook as YAML, and the values that it refers to, in the form of extra-vars."""
    tokens = Tokens()
    template = tokens.environment(folder).from_string(text)
    tokens.printing = True
    return tokens.resolve(template.render(attributes)), {name: data(value) for name, value in tokens.values.items()}


class Tokens:
    """Stand-ins for values, which nobody can guess and no YAML can be hurt by."""

    def __init__(self):
        self._nonce = secrets.token_hex(12)
        self._pattern = re.compile(f"x{self._nonce}v(\\d+)x")
        self.values = {}
        # Constants that the author printed are folded when the template is compiled: they are the author's text.
        self.printing = False

    def environment(self, folder):
        return ImmutableSandboxedEnvironment(
            undefined=jinja2.StrictUndefined,
            finalize=self._finalize,
            loader=jinja2.FileSystemLoader(folder),
        )

    def _finalize(self, value):
        if not self.printing:
            return value
        if isinstance(value, jinja2.Undefined):
            return str(value)  # raises, naming the variable
        if value is None:
            return "null"
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (int, float)):
            return value
        if not isinstance(value, (str, list, dict)):
            value = str(value)
        if isinstance(value, str):
            # What a macro has printed holds tokens already.
            value = self._pattern.sub(lambda match: str(self.values[f"v{match[1]}"]), value)
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f"x{self._nonce}{name}x"

    def resolve(self, text):
        """Parse `text` and replace the tokens in its scalars. Tags, styles and the order of keys stay."""
        documents = [node for node in yaml.compose_all(text, Loader=yaml.SafeLoader) if node is not None]
        for document in documents:
            self._resolve(document, set())
        result = yaml.serialize_all(documents, Dumper=yaml.SafeDumper, allow_unicode=True, width=10**9)
        if self._nonce in result.lower():
            raise RenderError("a value is changed after it was printed, as by {% filter %}: use `{{ value | filter }}`")
        return result

    def _resolve(self, node, seen):
        if id(node) in seen:
            return
        seen.add(id(node))
        if isinstance(node, yaml.ScalarNode):
            self._resolve_scalar(node)
        elif isinstance(node, yaml.SequenceNode):
            for item in node.value:
                self._resolve(item, seen)
        else:
            for key, value in node.value:
                if self._nonce in repr(key):
                    raise RenderError(f"line {key.start_mark.line + 1}: a value is used as a key")
                self._resolve(value, seen)

    def _resolve_scalar(self, node):
        if not self._pattern.search(node.value):
            return
        if node.tag != "tag:yaml.org,2002:str":
            raise RenderError(f"line {node.start_mark.line + 1}: a value cannot have the tag {node.tag}")
        node.value = self._pattern.sub(rf"{{{{ {NAME}.v\1 }}}}", node.value)
        if node.style is None:
            node.style = '"'


def data(value):
    """Mark every string in `value` as data, never to be taken for a template."""
    if isinstance(value, str):
        return {UNSAFE: str(value)}
    if isinstance(value, dict):
        return {str(key): data(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [data(item) for item in value]
    return value


def plain(value):
    """The inverse of `data`."""
    if isinstance(value, dict):
        return value[UNSAFE] if UNSAFE in value else {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def _report(error):
    if isinstance(error, jinja2.TemplateSyntaxError):
        message = f"line {error.lineno}: {error.message}"
    else:
        message = " ".join(str(error).split())
    events = os.environ.get("ACCORD_EVENTS")
    if events is not None:
        with open(events, "a", encoding="utf-8") as file:
            now = round(time.time() * 1000)
            event = {"number": 0, "time": now, "event": "template_error", "message": message}
            file.write(json.dumps(event) + "\n")
    print(f"ERROR: the template cannot be rendered: {message}", file=sys.stderr)


def _replace(path, text):
    temporary = f"{path}.new"
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(temporary, path)


if __name__ == "__main__":
    main(*sys.argv[1:])
