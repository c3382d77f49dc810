"""What the cells of a notebook show, kept in the form that a Jupyter kernel's messages have in a notebook."""

from __future__ import annotations

import codecs
import io
import os
import tempfile
from collections.abc import Mapping
from typing import Any

from jupyter_client.session import json_packer, json_unpacker
from nbformat import NotebookNode
from nbformat.v4 import new_output

STREAMS = ("stdout", "stderr")


class Transcript:
    """The outputs of one cell after another, in the order in which they came.

    Text written one after the other to the same stream is one output. What is shown under an id can be shown
    anew later, from any cell. What programs and libraries write past Python to descriptors 1 and 2 is caught
    too, and stands before whatever Python shows next.
    """

    def __init__(self) -> None:
        self._outputs: list[NotebookNode] = []
        self._by_id: dict[str, list[NotebookNode]] = {}
        self._clear_first = False
        self._files = {name: tempfile.TemporaryFile(buffering=0) for name in STREAMS}  # noqa: SIM115 - kept
        self._read: dict[str, int] = dict.fromkeys(STREAMS, 0)
        self._decoders = {name: codecs.getincrementaldecoder("utf-8")("replace") for name in STREAMS}
        for number, file in enumerate(self._files.values(), start=1):
            os.dup2(file.fileno(), number)

    def begin(self) -> list[NotebookNode]:
        """The list that holds the outputs of the next cell from now on."""
        self._outputs, self._clear_first = [], False
        return self._outputs

    def write(self, stream: str, text: str) -> None:
        """Text on `stdout` or `stderr`, after what stands there past Python."""
        self.catch_up()
        self._text(stream, text)

    def show(
        self,
        bundle: Mapping[str, Any],
        metadata: Mapping[str, Any],
        *,
        name: str = "",
        count: int | None = None,
    ) -> None:
        """A display, or with a `count` the value of the cell; `name` is the id to show it anew under."""
        self.catch_up()
        kind = "display_data" if count is None else "execute_result"
        own = {} if count is None else {"execution_count": count}
        output = new_output(kind, data=_as_json(bundle), metadata=_as_json(metadata), **own)
        if name:
            self._by_id.setdefault(name, []).append(output)
        self._add(output)

    def show_anew(self, name: str, bundle: Mapping[str, Any], metadata: Mapping[str, Any]) -> None:
        """Put another display in the place of every one shown under the id."""
        data, about = _as_json(bundle), _as_json(metadata)
        for output in self._by_id.get(name, []):
            output["data"], output["metadata"] = data, about

    def fail(self, kind: str, message: str, traceback: list[str]) -> None:
        """The error that ended the cell."""
        self.catch_up()
        self._add(new_output("error", ename=kind, evalue=message, traceback=traceback))

    def clear(self, *, wait: bool) -> None:
        """Forget what the cell showed so far, with `wait` when it shows something next."""
        self.catch_up()
        self._clear_first = wait
        if not wait:
            self._outputs.clear()

    def catch_up(self, *, at_the_end: bool = False) -> None:
        """Take in what was written past Python since the last time; half a letter waits for its rest."""
        for stream, file in self._files.items():
            there = os.fstat(file.fileno()).st_size
            new = os.pread(file.fileno(), there - self._read[stream], self._read[stream])
            self._read[stream] = there
            if text := self._decoders[stream].decode(new, at_the_end):
                self._text(stream, text)

    def _text(self, stream: str, text: str) -> None:
        last = self._outputs[-1] if self._outputs and not self._clear_first else None
        if last is not None and last.output_type == "stream" and last.name == stream:
            last["text"] += text
        else:
            self._add(new_output("stream", name=stream, text=text))

    def _add(self, output: NotebookNode) -> None:
        if self._clear_first:
            self._outputs.clear()
            self._clear_first = False
        self._outputs.append(output)


class Stream(io.TextIOBase):
    """sys.stdout or sys.stderr of a notebook."""

    encoding = "UTF-8"
    errors = "strict"

    def __init__(self, name: str, number: int, transcript: Transcript) -> None:
        super().__init__()
        self.name, self._number, self._transcript = name, number, transcript

    def writable(self) -> bool:
        """Always."""
        return True

    def fileno(self) -> int:
        """The descriptor that a program started from here inherits."""
        return self._number

    def write(self, text: str, /) -> int:
        """Keep the text in its place among what the cell shows."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if text:
            self._transcript.write(self.name, text)
        return len(text)


def _as_json(value: Any) -> Any:
    """As it would arrive from a kernel: plain JSON, and no longer the notebook's own object."""
    return json_unpacker(json_packer(value))
