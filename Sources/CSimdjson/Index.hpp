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

enum class Expects { value, value_or_end, name_or_end, name, colon, comma_or_end };

template <bool Checked>
csj_status csj_index(csj_parser &p) {
  const uint32_t *at = p.dom.implementation->structural_indexes.get();
  const uint32_t count = p.dom.implementation->n_structural_indexes;
  const uint8_t *text = p.text.get();
  if (p.nodes.size() < count) p.nodes.resize(count);
  p.open.clear();
  csj_node *nodes = p.nodes.data();
  uint32_t used = 0;
  uint32_t here = UINT32_MAX;  // the innermost open container
  bool in_object = false;
  Expects expects = Expects::value;
  // Most texts have no escape at all: one look at the whole saves one at every string.
  const bool has_escapes = Checked && memchr(text, '\\', p.length) != nullptr;
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t start = at[i];
    const uint8_t c = text[start];
    switch (c) {
      case ',':
        if (Checked) {
          if (expects != Expects::comma_or_end || here == UINT32_MAX) return CSJ_INVALID;
          expects = in_object ? Expects::name : Expects::value;
        }
        break;
      case ':':
        if (Checked) {
          if (expects != Expects::colon) return CSJ_INVALID;
          expects = Expects::value;
        }
        break;
      case '{':
      case '[':
        if (Checked) {
          if (expects != Expects::value && expects != Expects::value_or_end) return CSJ_INVALID;
          expects = c == '{' ? Expects::name_or_end : Expects::value_or_end;
        }
        // simdjson does not count an empty container; we do.
        if (p.open.size() == p.depth) return CSJ_INVALID;
        if (here != UINT32_MAX) nodes[here].count++;
        nodes[used] = {start, start, 0, 0};
        p.open.push_back(here);
        here = used++;
        in_object = c == '{';
        break;
      case '}':
      case ']':
        if (Checked) {
          if (here == UINT32_MAX || in_object != (c == '}')) return CSJ_INVALID;
          Expects empty = in_object ? Expects::name_or_end : Expects::value_or_end;
          if (expects != Expects::comma_or_end && expects != empty) return CSJ_INVALID;
          expects = Expects::comma_or_end;
        }
        nodes[here].end = start + 1;
        nodes[here].next = used;
        here = p.open.back();
        p.open.pop_back();
        in_object = here != UINT32_MAX && text[nodes[here].start] == '{';
        break;
      default: {
        uint32_t end = i + 1 < count ? at[i + 1] : static_cast<uint32_t>(p.length);
        while (is_space(text[end - 1])) end--;
        if (Checked) {
          bool is_value = expects == Expects::value || expects == Expects::value_or_end;
          if (c == '"') {
            if (end - start < 2 || text[end - 1] != '"') return CSJ_INVALID;
            if (has_escapes && !has_good_escapes(text + start + 1, text + end - 1)) return CSJ_INVALID;
            bool is_name = expects == Expects::name || expects == Expects::name_or_end;
            if (!is_value && !is_name) return CSJ_INVALID;
            expects = is_name ? Expects::colon : Expects::comma_or_end;
          } else {
            if (!is_value) return CSJ_INVALID;
            bool good = c == '-' || is_digit(c) ? is_number(text + start, text + end) : is_word(text + start, end - start);
            if (!good) return CSJ_INVALID;
            expects = Expects::comma_or_end;
          }
        }
        if (here != UINT32_MAX) nodes[here].count++;
        nodes[used] = {start, end, used + 1, 0};
        used++;
      }
    }
  }
  return Checked && (here != UINT32_MAX || expects != Expects::comma_or_end) ? CSJ_INVALID : CSJ_OK;
}

}  // namespace
