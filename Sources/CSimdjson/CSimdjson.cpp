#include "Index.hpp"

#include <charconv>
#include <cmath>
#include <limits>

namespace {

// Buffers grow with the longest text so far and are given back once a short one follows a very long one: simdjson needs
// about 14 bytes a byte, and a worker should not keep that for one large body.
constexpr size_t kSmall = 16 << 10, kKept = 256 << 10;

bool make_room(csj_parser &p, size_t length, size_t depth) {
  bool grow = p.capacity < length || p.depth != depth;
  if (!grow && !(p.capacity > kKept && length < kSmall)) return true;
  size_t capacity = kSmall;
  while (capacity < length) capacity *= 2;
  p.text.reset(new (std::nothrow) uint8_t[capacity + simdjson::SIMDJSON_PADDING]);
  if (!p.text) {
    p.capacity = 0;
    return false;
  }
  p.dom = simdjson::dom::parser();
  std::vector<csj_node>().swap(p.nodes);
  std::vector<double>().swap(p.logprobs);
  std::vector<double>().swap(p.margins);
  std::vector<uint8_t>().swap(p.bytes);
  std::vector<int32_t>().swap(p.ends);
  std::vector<int32_t>().swap(p.offsets);
  p.depth = depth;
  p.capacity = capacity;
  // simdjson refuses the container at which its depth reaches the limit, hence one more.
  return p.dom.allocate(capacity, depth + 1) == simdjson::SUCCESS;
}

}  // namespace

csj_parser *csj_new(void) { return new (std::nothrow) csj_parser; }
void csj_free(csj_parser *parser) { delete parser; }
const uint8_t *csj_text(const csj_parser *parser) { return parser->text.get(); }
const csj_node *csj_nodes(const csj_parser *parser) { return parser->nodes.data(); }

static csj_status take(csj_parser &p, const uint8_t *text, size_t length, size_t depth) {
  p.length = length;
  if (length == 0) return CSJ_INVALID;
  if (length > UINT32_MAX / 2 || !make_room(p, length, depth)) return CSJ_MEMORY;
  memcpy(p.text.get(), text, length);
  memset(p.text.get() + length, ' ', simdjson::SIMDJSON_PADDING);
  return CSJ_OK;
}

csj_status csj_parse_bounded(csj_parser *parser, const uint8_t *text, size_t length, size_t depth) {
  csj_parser &p = *parser;
  if (csj_status status = take(p, text, length, depth)) return status;
  switch (p.dom.parse(p.text.get(), length, false).error()) {
    case simdjson::SUCCESS: return csj_index<false>(p);
    case simdjson::NUMBER_ERROR: return CSJ_NUMBER;
    case simdjson::MEMALLOC:
    case simdjson::CAPACITY: return CSJ_MEMORY;
    default: return CSJ_INVALID;
  }
}

csj_status csj_parse_any(csj_parser *parser, const uint8_t *text, size_t length, size_t depth) {
  csj_parser &p = *parser;
  if (csj_status status = take(p, text, length, depth)) return status;
  auto error = p.dom.implementation->stage1(p.text.get(), length, simdjson::stage1_mode::regular);
  return error == simdjson::SUCCESS ? csj_index<true>(p) : CSJ_INVALID;
}

static unsigned hex4(const uint8_t *text) {
  unsigned value = 0;
  for (int i = 0; i < 4; i++) {
    uint8_t c = text[i];
    value = value << 4 | (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return value;
}

size_t csj_decode(const uint8_t *text, size_t length, uint8_t *out) {
  uint8_t *to = out;
  const uint8_t *end = text + length;
  while (text < end) {
    auto *slash = static_cast<const uint8_t *>(memchr(text, '\\', end - text));
    size_t run = (slash ? slash : end) - text;
    memcpy(to, text, run);
    to += run;
    if (!slash) break;
    text = slash + 2;
    switch (slash[1]) {
      case 'b': *to++ = '\b'; break;
      case 'f': *to++ = '\f'; break;
      case 'n': *to++ = '\n'; break;
      case 'r': *to++ = '\r'; break;
      case 't': *to++ = '\t'; break;
      case 'u': {
        unsigned scalar = hex4(text);
        text += 4;
        if (scalar >= 0xD800 && scalar < 0xDC00) {
          scalar = 0x10000 + ((scalar - 0xD800) << 10) + (hex4(text + 2) - 0xDC00);
          text += 6;
        }
        if (scalar < 0x80) {
          *to++ = scalar;
        } else if (scalar < 0x800) {
          *to++ = 0xC0 | scalar >> 6;
          *to++ = 0x80 | (scalar & 63);
        } else if (scalar < 0x10000) {
          *to++ = 0xE0 | scalar >> 12;
          *to++ = 0x80 | (scalar >> 6 & 63);
          *to++ = 0x80 | (scalar & 63);
        } else {
          *to++ = 0xF0 | scalar >> 18;
          *to++ = 0x80 | (scalar >> 12 & 63);
          *to++ = 0x80 | (scalar >> 6 & 63);
          *to++ = 0x80 | (scalar & 63);
        }
        break;
      }
      default: *to++ = slash[1];
    }
  }
  return to - out;
}

size_t csj_scalars(const uint8_t *text, size_t length) {
  // Eight bytes at a time: a byte goes on with a scalar where its first bit is set and its second is not.
  constexpr uint64_t ones = 0x0101010101010101;
  size_t count = length, i = 0;
  for (; i + 8 <= length; i += 8) {
    uint64_t word;
    memcpy(&word, text + i, 8);
    count -= ((word >> 7 & ~(word >> 6) & ones) * ones) >> 56;
  }
  for (; i < length; i++) count -= (text[i] & 0xC0) == 0x80;
  const uint8_t *end = text + length;
  while ((text = static_cast<const uint8_t *>(memchr(text, '\\', end - text)))) {
    // An escape stands for one scalar; the low half of a pair stands for none of its own.
    bool low = text[1] == 'u' && (text[2] | 0x20) == 'd' && (text[3] | 0x20) >= 'c';
    size_t size = text[1] == 'u' ? 6 : 2;
    count -= low ? size : size - 1;
    text += size;
  }
  return count;
}

// Few digits and a small power of ten give the nearest double by one exact division or multiplication (Clinger 1990,
// "How to read floating point numbers accurately"); the rest goes to the library.
double csj_double(const uint8_t *text, size_t length) {
  static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  const uint8_t *at = text, *end = text + length;
  bool negative = *at == '-';
  at += negative;
  uint64_t digits = 0;
  const uint8_t *first = at;
  while (at < end && *at >= '0' && *at <= '9') digits = digits * 10 + (*at++ - '0');
  size_t places = 0;
  if (at < end && *at == '.') {
    const uint8_t *point = at++;
    while (at < end && *at >= '0' && *at <= '9') digits = digits * 10 + (*at++ - '0');
    places = at - point - 1;
  }
  if (at == end && end - first <= 18 && digits <= uint64_t(1) << 53 && places <= 22) {
    double value = double(digits) / tens[places];
    return negative ? -value : value;
  }
  double value = 0;
  auto result = std::from_chars(reinterpret_cast<const char *>(text), reinterpret_cast<const char *>(end), value);
  if (result.ec == std::errc()) return value;
  // Out of range says nothing of the direction: a negative exponent means that it is too small.
  for (at = text; at < end; at++)
    if ((*at | 0x20) == 'e') return at[1] == '-' ? 0 : std::numeric_limits<double>::infinity();
  return std::numeric_limits<double>::infinity();
}

size_t csj_minify(const uint8_t *text, size_t length, uint8_t *out) {
  size_t size = 0;
  auto error = simdjson::minify(reinterpret_cast<const char *>(text), length, reinterpret_cast<char *>(out), size);
  if (error == simdjson::SUCCESS) return size;
  memcpy(out, text, length);  // only for text that is no JSON, which the caller rules out
  return length;
}
