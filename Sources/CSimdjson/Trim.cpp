#include "CSimdjson.h"

#include <cstring>

// All of this runs over text that was validated before: it only has to find its way.

static const uint8_t *skip_string(const uint8_t *at) {
  for (at++; *at != '"'; at++)
    if (*at == '\\') at++;
  return at + 1;
}

static const uint8_t *skip_space(const uint8_t *at, const uint8_t *end) {
  while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) at++;
  return at;
}

static const uint8_t *skip_value(const uint8_t *at) {
  size_t depth = 0;
  for (;;) {
    switch (*at) {
      case '"':
        at = skip_string(at);
        if (depth == 0) return at;
        continue;
      case '{':
      case '[': depth++; break;
      case '}':
      case ']':
        if (depth == 0) return at;
        if (--depth == 0) return at + 1;
        break;
      case ',':
      case ' ':
      case '\n':
      case '\r':
      case '\t':
        if (depth == 0) return at;
        break;
    }
    at++;
  }
}

static bool is(const uint8_t *from, const uint8_t *to, const char *name) {
  size_t length = strlen(name);
  return size_t(to - from) == length + 2 && memcmp(from + 1, name, length) == 0;
}

size_t csj_trim_logprobs(const uint8_t *text, size_t length, size_t keep, uint8_t *out) {
  const uint8_t *at = text, *end = text + length, *copied = text;
  uint8_t *to = out;
  size_t depth = 0;
  auto copy = [&](const uint8_t *until) {
    memcpy(to, copied, until - copied);
    to += until - copied;
    copied = until;
  };
  while (at < end) {
    if (*at == '{' || *at == '[') depth++;
    if (*at == '}' || *at == ']') depth--;
    if (*at != '"') {
      at++;
      continue;
    }
    const uint8_t *name = at, *value = skip_string(at);
    at = skip_space(value, end);
    if (at == end || *at != ':') continue;
    if (depth == 1 && is(name, value, "tokens")) return 0;
    at = skip_space(at + 1, end);
    if (*at != '[' || !is(name, value, "top_logprobs")) continue;
    at = skip_space(at + 1, end);
    if (*at == ']') continue;
    const uint8_t *kept = at;
    for (size_t i = 0; *at != ']'; i++) {
      at = skip_value(at);
      if (i < keep) kept = at;
      at = skip_space(at, end);
      if (*at == ',') at = skip_space(at + 1, end);
    }
    copy(kept);
    copied = at;
  }
  copy(end);
  return to - out;
}
