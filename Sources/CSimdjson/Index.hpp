// From simdjson's structural positions to the table of nodes.
//
// The positions are those of brackets, colons, commas, and of the first byte of each string, number and word. A token
// ends where the white space before the next position begins.
//
// With `Checked`, the walk is simdjson's second stage as well: the first one has checked UTF-8, control characters and
// that strings end; grammar, words, numbers (of any length) and escapes are checked here. What this accepts is what
// JSONReader accepts, which a test holds it to.
#pragma once
#include "CSimdjson.hpp"

namespace {

inline bool is_space(uint8_t c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
inline bool is_digit(uint8_t c) { return uint8_t(c - '0') < 10; }

// RFC 8259 section 6
inline bool is_number(const uint8_t *at, const uint8_t *end) {
  auto digits = [&] {
    const uint8_t *first = at;
    while (at < end && is_digit(*at)) at++;
    return at > first;
  };
  if (*at == '-') at++;
  if (at < end && *at == '0') at++;
  else if (!digits()) return false;
  if (at < end && *at == '.') {
    at++;
    if (!digits()) return false;
  }
  if (at < end && (*at | 0x20) == 'e') {
    at++;
    if (at < end && (*at == '+' || *at == '-')) at++;
    if (!digits()) return false;
  }
  return at == end;
}

inline bool is_word(const uint8_t *at, size_t length) {
  return (length == 4 && (memcmp(at, "null", 4) == 0 || memcmp(at, "true", 4) == 0)) ||
         (length == 5 && memcmp(at, "false", 5) == 0);
}

// -1 where the four bytes are no hexadecimal number.
inline int hex_or_minus_one(const uint8_t *at, const uint8_t *end) {
  if (end - at < 4) return -1;
  int value = 0;
  for (int i = 0; i < 4; i++) {
    uint8_t c = at[i], letter = c | 0x20;
    if (is_digit(c)) value = value << 4 | (c - '0');
    else if (letter >= 'a' && letter <= 'f') value = value << 4 | (letter - 'a' + 10);
    else return -1;
  }
  return value;
}

// RFC 8259 section 7; half a surrogate pair is refused.
inline bool has_good_escapes(const uint8_t *at, const uint8_t *end) {
  while ((at = static_cast<const uint8_t *>(memchr(at, '\\', end - at)))) {
    if (end - at < 2) return false;
    if (at[1] != 'u') {
      if (!memchr("\"\\/bfnrt", at[1], 8)) return false;
      at += 2;
      continue;
    }
    int value = hex_or_minus_one(at + 2, end);
    if (value < 0) return false;
    at += 6;
    if (value < 0xD800 || value > 0xDFFF) continue;
    if (value >= 0xDC00 || end - at < 6 || at[0] != '\\' || at[1] != 'u') return false;
    int low = hex_or_minus_one(at + 2, end);
    if (low < 0xDC00 || low > 0xDFFF) return false;
    at += 6;
  }
  return true;
}

// One pass, and a place in the code for each place in the grammar: what may come next is known before it is looked at.
// A position past the last one is the end of the text, where white space stands, which is nothing that may come next.
template <bool Checked>
csj_status csj_index(csj_parser &p) {
  uint32_t *at = p.dom.implementation->structural_indexes.get();
  const uint32_t count = p.dom.implementation->n_structural_indexes;
  const uint8_t *text = p.text.get();
  at[count] = static_cast<uint32_t>(p.length);
  const uint32_t *const last = at + count;
  if (p.nodes.size() < count) p.nodes.resize(count);
  if (p.open.size() <= p.depth) p.open.resize(p.depth + 1);
  csj_node *const nodes = p.nodes.data();
  uint32_t *const open = p.open.data();  // the containers around the innermost one
  size_t depth = 0;
  uint32_t used = 0;
  uint32_t here = 0;    // the innermost open container
  uint32_t inside = 0;  // nodes directly inside it so far
  uint32_t start;
  // Most texts have no escape at all: one look at the whole saves one at every string.
  const bool has_escapes = p.has_escapes = memchr(text, '\\', p.length) != nullptr;

  // Inlined by force: what they capture stays in registers then.
  auto token = [&]() __attribute__((always_inline)) {
    uint32_t end = *at;
    while (is_space(text[end - 1])) end--;
    nodes[used] = {start, end, used + 1, 0};
    used++;
    return end;
  };
  auto string = [&]() __attribute__((always_inline)) {
    uint32_t end = token();
    if (!Checked) return true;
    if (end - start < 2 || text[end - 1] != '"') return false;
    return !has_escapes || has_good_escapes(text + start + 1, text + end - 1);
  };

  if (count == 0) return CSJ_INVALID;

value:
  start = *at++;
  switch (text[start]) {
    case '{':
    case '[':
      // simdjson does not count an empty container; we do.
      if (depth == p.depth) return CSJ_INVALID;
      nodes[used] = {start, start, 0, 0};
      open[depth++] = here;
      if (depth > 1) nodes[here].count = inside;
      here = used++;
      inside = 0;
      if (text[start] == '{') {
        if (text[*at] == '}') goto close;
        goto name;
      }
      if (text[*at] == ']') goto close;
      inside++;
      goto value;
    case '"':
      if (!string()) return CSJ_INVALID;
      break;
    default: {
      uint32_t end = token();
      if (!Checked) break;
      bool is_numeric = text[start] == '-' || is_digit(text[start]);
      if (!(is_numeric ? is_number(text + start, text + end) : is_word(text + start, end - start))) return CSJ_INVALID;
    }
  }

after:
  if (depth == 0) return at == last ? CSJ_OK : CSJ_INVALID;
  if (text[nodes[here].start] == '{') {
    if (text[*at] == '}') goto close;
    if (Checked && text[*at] != ',') return CSJ_INVALID;
    at++;
    goto name;
  }
  if (text[*at] == ']') goto close;
  if (Checked && text[*at] != ',') return CSJ_INVALID;
  at++;
  inside++;
  goto value;

name:
  start = *at++;
  if (Checked && text[start] != '"') return CSJ_INVALID;
  if (!string()) return CSJ_INVALID;
  if (Checked && text[*at] != ':') return CSJ_INVALID;
  at++;
  inside += 2;
  goto value;

close:
  nodes[here].end = *at++ + 1;
  nodes[here].next = used;
  nodes[here].count = inside;
  here = open[--depth];
  if (depth > 0) inside = nodes[here].count;
  goto after;
}

}  // namespace
