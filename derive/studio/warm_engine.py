"""What a process of the studio has loaded before it is copied."""

from derive.studio.studio_answer import answered

answered({"ask": "gradient", "formula": "(z - y)**2/2", "given": ["z: real", "y: real"],
          "options": {"wrt": "z"}})
