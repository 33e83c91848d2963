"""What a process of the studio has loaded before it is copied."""

import signal

signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends its processes

from derive.studio.studio_answer import answered  # noqa: E402

answered({"ask": "gradient", "formula": "(z - y)**2/2", "given": ["z: real", "y: real"],
          "options": {"wrt": "z"}})
