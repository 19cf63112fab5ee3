"""The cycle, held to what it promises: python3 -B deploy/acceptance/cycle BIN

    killed      SIGKILL at every stage, and again: the same result as without, and nothing paid twice
    renamed     the format changes: nothing of the old one is served, trained on or measured with; then the new serves
    learning    examples by batches; models of growing parts of them, measured
    shuffled    a model that was trained on shuffled answers is refused; forced, its trial ends it

BIN holds understudy and understudy-sim. Everything is on loopback and in a folder that goes at the end; what is started
here is ended by its process id. Ends with 1 at the first promise that is broken.
"""
import sys
import tempfile

import killed
import learning
import renamed
import shuffled

bin = sys.argv[1]
for story in (killed, renamed, learning, shuffled):
    with tempfile.TemporaryDirectory() as folder:
        print(f"cycle: {story.__name__}", flush=True)
        story.tell(bin, folder)
