"""The SDK drives the simulator's files, fine-tuning jobs, events, models and batches, as it drives the provider's.

    python fine_tuning.py BASE_URL      a simulator whose script slows jobs with the suffix "slow"
"""

import io
import json
import sys
import time

import openai

client = openai.OpenAI(base_url=sys.argv[1], api_key="unused", max_retries=0, timeout=20)
BASE = "babbage-002"


def upload(lines, purpose="fine-tune"):
    data = "".join(json.dumps(line) + "\n" for line in lines).encode()
    return client.files.create(file=(f"{purpose}.jsonl", io.BytesIO(data)), purpose=purpose)


def wait(look, ended, seconds=60):
    limit = time.monotonic() + seconds
    while True:
        found = look()
        if found.status in ended:
            return found
        assert time.monotonic() < limit, found
        time.sleep(0.05)


def ended(job):
    return wait(lambda: client.fine_tuning.jobs.retrieve(job.id), ("succeeded", "failed", "cancelled"))


def refused(kind, call):
    try:
        call()
    except openai.APIStatusError as error:
        assert type(error) is kind, error
        return error
    raise AssertionError(f"{kind.__name__} was expected")


SHAPES = ("circle", "square", "star")
PAIRS = [
    {"prompt": f"draw a {size} {shape} number {number}\n\n###\n\n", "completion": f" shape:{shape} size:{size}\n"}
    for number in range(12) for shape in SHAPES for size in ("small", "big")
]

# Files.
file = upload(PAIRS)
assert file.status == "processed" and file.purpose == "fine-tune", file
assert [found.id for found in client.files.list(purpose="fine-tune")][0] == file.id
assert client.files.retrieve(file.id).bytes == file.bytes
error = refused(openai.BadRequestError, lambda: client.files.create(file=("a.jsonl", b"[1]\n"), purpose="fine-tune"))
assert "Line 1 is not a dictionary" in error.message, error

# A job from its creation to its model.
validation = upload(PAIRS[:20])
job = client.fine_tuning.jobs.create(
    model=BASE, training_file=file.id, validation_file=validation.id, suffix="shapes", seed=1,
    method={"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 3}}}, metadata={"data_set": "one"},
)
assert job.status == "validating_files" and job.object == "fine_tuning.job", job
job = ended(job)
assert job.status == "succeeded" and job.error is None and job.trained_tokens > 0, job
assert job.fine_tuned_model.startswith(f"ft:{BASE}:sim:shapes:"), job
events = list(client.fine_tuning.jobs.list_events(job.id, limit=3))
assert events[0].message == "The job has successfully completed", events
assert events[-1].message == f"Created fine-tuning job: {job.id}", events
losses = [event.data["train_loss"] for event in events if event.type == "metrics"]
assert len(losses) == 3 and losses[0] < losses[-1], losses
checkpoints = list(client.fine_tuning.jobs.checkpoints.list(job.id))
assert [point.metrics.valid_loss is not None for point in checkpoints] == [True] * 3, checkpoints
assert client.files.content(job.result_files[0]).text.startswith("step,train_loss,")
assert client.fine_tuning.jobs.list(limit=1).data[0].id == job.id

# It answers, and its log-probabilities are its own.
def complete(prompt):
    return client.completions.create(
        model=job.fine_tuned_model, prompt=prompt + "\n\n###\n\n", stop="\n", logprobs=3, temperature=0
    ).choices[0]

taught = complete("draw a big star number 700")
assert taught.text == " shape:star size:big" and "".join(taught.logprobs.tokens) == taught.text, taught
unseen = complete("paint eleven hexagons in purple")
assert min(unseen.logprobs.token_logprobs) < -1.2 < min(taught.logprobs.token_logprobs), (taught, unseen)
chat = client.chat.completions.create(
    model=job.fine_tuned_model, messages=[{"role": "user", "content": "draw a small circle number 701"}],
    logprobs=True, top_logprobs=2,
).choices[0]
assert chat.message.content.strip() == "shape:circle size:small", chat
assert chat.logprobs.content[0].logprob <= 0 and chat.logprobs.content[0].top_logprobs, chat

# The same key creates one job.
again = {"model": BASE, "training_file": file.id, "suffix": "slow", "extra_headers": {"Idempotency-Key": f"k{time.time()}"}}
slow = client.fine_tuning.jobs.create(**again)
assert client.fine_tuning.jobs.create(**again).id == slow.id
assert client.fine_tuning.jobs.cancel(slow.id).status == "cancelled"
refused(openai.BadRequestError, lambda: client.fine_tuning.jobs.cancel(slow.id))

# What is wrong is said in the provider's words.
few = ended(client.fine_tuning.jobs.create(model=BASE, training_file=upload(PAIRS[:7]).id))
assert few.status == "failed" and few.error.code == "invalid_n_examples", few
assert few.error.message == "Training file has 7 example(s), but must have at least 10 examples", few
refused(openai.BadRequestError, lambda: client.fine_tuning.jobs.create(model="nobody", training_file=file.id))
refused(openai.NotFoundError, lambda: client.fine_tuning.jobs.retrieve("ftjob-none"))

# A batch.
lines = [
    {"custom_id": f"q{number}", "method": "POST", "url": "/v1/completions",
     "body": {"model": job.fine_tuned_model if number else "nobody", "prompt": PAIRS[number]["prompt"], "stop": "\n"}}
    for number in range(20)
]
batch = client.batches.create(
    input_file_id=upload(lines, "batch").id, endpoint="/v1/completions", completion_window="24h"
)
batch = wait(lambda: client.batches.retrieve(batch.id), ("completed", "failed", "cancelled"))
assert (batch.request_counts.total, batch.request_counts.failed) == (20, 1), batch
answers = [json.loads(line) for line in client.files.content(batch.output_file_id).text.splitlines()]
assert {answer["custom_id"] for answer in answers} == {f"q{number}" for number in range(1, 20)}
for answer in answers:
    said = answer["response"]["body"]["choices"][0]["text"]
    assert said + "\n" == PAIRS[int(answer["custom_id"][1:])]["completion"], answer
assert "model_not_found" in client.files.content(batch.error_file_id).text

# Models.
model = client.models.retrieve(job.fine_tuned_model)
assert model.id == job.fine_tuned_model and model.shutdown_date == "2027-01-06", model
assert client.models.delete(model.id).deleted
refused(openai.NotFoundError, lambda: client.models.retrieve(model.id))
assert client.files.delete(file.id).deleted
print(f"fine_tuning.py (openai {openai.__version__}): files, jobs, events, models and batches as the SDK expects them")
