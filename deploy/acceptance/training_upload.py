"""The SDK uploads training files, and gets back what it sent.

    python training_upload.py BASE_URL FILE...
"""

import pathlib
import sys

import openai

client = openai.OpenAI(base_url=sys.argv[1], api_key="unused", max_retries=0)
for name in sys.argv[2:]:
    data = pathlib.Path(name).read_bytes()
    with open(name, "rb") as file:
        uploaded = client.files.create(file=file, purpose="fine-tune")
    assert (uploaded.bytes, uploaded.purpose) == (len(data), "fine-tune"), uploaded
    assert client.files.content(uploaded.id).content == data
    assert client.files.delete(uploaded.id).deleted
    print(f"{pathlib.Path(name).name}: uploaded as {uploaded.id}, {uploaded.bytes} bytes")
