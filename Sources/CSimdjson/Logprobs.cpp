#include "CSimdjson.hpp"

#include <cmath>

// A model computes log-probabilities in single precision at best: a certain token may come out a hair above 0.
// Anything more is no log-probability, and must not pass for confidence.
static constexpr double kAboveZero = 1e-3;

namespace {

struct Reader {
  csj_parser &p;
  csj_lp_status status = CSJ_LP_OK;

  explicit Reader(csj_parser &parser) : p(parser) {
    p.logprobs.clear();
    p.margins.clear();
    p.bytes.clear();
    p.ends.clear();
    p.offsets.clear();
  }

  bool fail(csj_lp_status why) {
    status = why;
    return false;
  }

  enum Name { kToken, kLogprob, kBytes, kTop, kOther };

  static Name classify(std::string_view name) {
    switch (name.size()) {
      case 5: return name == "token" ? kToken : name == "bytes" ? kBytes : kOther;
      case 7: return name == "logprob" ? kLogprob : kOther;
      case 12: return name == "top_logprobs" ? kTop : kOther;
      default: return kOther;
    }
  }

  // Names are compared decoded; those written with escapes are rare.
  Name name(uint32_t node) const {
    std::string_view raw = p.raw(node);
    raw = raw.substr(1, raw.size() - 2);
    Name found = classify(raw);
    uint8_t decoded[6 * sizeof "top_logprobs"];
    if (found != kOther || !p.has_escapes || raw.size() > sizeof decoded || raw.find('\\') == raw.npos) return found;
    size_t size = csj_decode(reinterpret_cast<const uint8_t *>(raw.data()), raw.size(), decoded);
    return classify({reinterpret_cast<char *>(decoded), size});
  }

  // NAN for null.
  bool logprob(uint32_t node, double &out) {
    char kind = p.kind(node);
    if (kind == 'n') {
      out = NAN;
      return true;
    }
    if (kind != '-' && (kind < '0' || kind > '9')) return fail(CSJ_LP_SHAPE);
    std::string_view raw = p.raw(node);
    out = csj_double(reinterpret_cast<const uint8_t *>(raw.data()), raw.size());
    return std::isfinite(out) && out <= kAboveZero ? true : fail(CSJ_LP_POSITIVE);
  }

  void append_text(uint32_t node) {
    std::string_view raw = p.raw(node);
    size_t size = p.bytes.size(), length = raw.size() - 2;
    p.bytes.resize(size + length);
    p.bytes.resize(size + csj_decode(reinterpret_cast<const uint8_t *>(raw.data()) + 1, length, p.bytes.data() + size));
  }

  bool append_bytes(uint32_t node) {
    for (uint32_t at = node + 1; at < p.nodes[node].next; at = p.nodes[at].next) {
      std::string_view raw = p.raw(at);
      if (raw.empty() || raw.size() > 3) return fail(CSJ_LP_BYTES);
      unsigned value = 0;
      for (char c : raw) {
        if (c < '0' || c > '9') return fail(CSJ_LP_BYTES);
        value = value * 10 + (c - '0');
      }
      if (value > 255) return fail(CSJ_LP_BYTES);
      p.bytes.push_back(static_cast<uint8_t>(value));
    }
    return true;
  }

  // The alternatives of one token, while they are read.
  struct Best {
    double first = NAN, second = NAN;
    size_t count = 0;
    void add(double x) {
      count++;
      if (std::isnan(x)) return;
      if (std::isnan(first) || x > first) {
        second = first;
        first = x;
      } else if (std::isnan(second) || x > second) {
        second = x;
      }
    }
    double margin() const { return first - second; }  // NAN where there is no second
  };

  bool chat_alternatives(uint32_t node, Best &best) {
    if (p.kind(node) == 'n') return true;
    if (p.kind(node) != '[') return fail(CSJ_LP_SHAPE);
    for (uint32_t at = node + 1; at < p.nodes[node].next; at = p.nodes[at].next) {
      if (p.kind(at) != '{') return fail(CSJ_LP_SHAPE);
      double value = NAN;
      bool found = false;
      for (uint32_t name = at + 1; name < p.nodes[at].next; name = p.nodes[name + 1].next) {
        if (this->name(name) != kLogprob) continue;
        if (!logprob(name + 1, value)) return false;
        found = true;
      }
      if (!found) return fail(CSJ_LP_SHAPE);
      best.add(value);
    }
    return true;
  }

  bool column_alternatives(uint32_t node, Best &best) {
    if (p.kind(node) == 'n') return true;
    if (p.kind(node) != '{') return fail(CSJ_LP_SHAPE);
    for (uint32_t name = node + 1; name < p.nodes[node].next; name = p.nodes[name + 1].next) {
      double value;
      if (!logprob(name + 1, value)) return false;
      best.add(value);
    }
    return true;
  }

  bool token(uint32_t node, Best &best) {
    if (p.kind(node) != '{') return fail(CSJ_LP_SHAPE);
    uint32_t text = 0, number = 0, bytes = 0, top = 0;
    for (uint32_t name = node + 1; name < p.nodes[node].next; name = p.nodes[name + 1].next) {
      switch (this->name(name)) {
        case kToken: text = name + 1; break;
        case kLogprob: number = name + 1; break;
        case kBytes: bytes = name + 1; break;
        case kTop: top = name + 1; break;
        case kOther: break;
      }
    }
    if (!text || p.kind(text) != '"' || !number) return fail(CSJ_LP_SHAPE);
    double value;
    if (!logprob(number, value)) return false;
    p.logprobs.push_back(value);
    if (bytes && p.kind(bytes) != 'n' && p.kind(bytes) != '[') return fail(CSJ_LP_SHAPE);
    // An empty list beside a token that has text is a provider's way of saying "not known".
    if (bytes && p.kind(bytes) == '[' && p.nodes[bytes].count) {
      if (!append_bytes(bytes)) return false;
    } else {
      append_text(text);
    }
    p.ends.push_back(static_cast<int32_t>(p.bytes.size()));
    return !top || chat_alternatives(top, best);
  }

  void finish(csj_logprobs *out, size_t alternatives) {
    *out = {};
    out->bad = p.margins.size();  // the last column that a token is added to
    if (status != CSJ_LP_OK) return;
    out->count = p.logprobs.size();
    out->logprobs = p.logprobs.data();
    out->bytes = p.bytes.data();
    out->ends = p.ends.data();
    out->offset_count = p.offsets.size();
    out->offsets = p.offsets.data();
    out->margin_count = alternatives ? p.margins.size() : 0;
    out->margins = p.margins.data();
    out->alternatives = alternatives;
  }
};

}  // namespace

csj_lp_status csj_chat_logprobs(csj_parser *parser, uint32_t node, csj_logprobs *out) {
  Reader r(*parser);
  csj_parser &p = *parser;
  size_t alternatives = 0;
  for (uint32_t at = node + 1; at < p.nodes[node].next; at = p.nodes[at].next) {
    Reader::Best best;
    if (!r.token(at, best)) break;
    p.margins.push_back(best.margin());
    if (best.count > alternatives) alternatives = best.count;
  }
  r.finish(out, alternatives);
  return r.status;
}

csj_lp_status csj_column_logprobs(csj_parser *parser, uint32_t tokens, uint32_t logprobs, uint32_t top,
                                  uint32_t offsets, csj_logprobs *out) {
  Reader r(*parser);
  csj_parser &p = *parser;
  size_t alternatives = 0;
  const uint32_t count = p.nodes[tokens].count;
  bool same = p.nodes[logprobs].count == count && (!top || p.nodes[top].count == count) &&
              (!offsets || p.nodes[offsets].count == count);
  if (!same) r.fail(CSJ_LP_LENGTHS);
  uint32_t text = tokens + 1, number = logprobs + 1, best_at = top + 1, offset = offsets + 1;
  for (uint32_t i = 0; same && i < count; i++) {
    Reader::Best best;
    double value;
    if (p.kind(text) != '"') {
      r.fail(CSJ_LP_SHAPE);
      break;
    }
    if (!r.logprob(number, value)) break;
    if (top && !r.column_alternatives(best_at, best)) break;
    if (offsets) {
      std::string_view raw = p.raw(offset);
      double x = p.kind(offset) >= '0' && p.kind(offset) <= '9'
                     ? csj_double(reinterpret_cast<const uint8_t *>(raw.data()), raw.size())
                     : -1;
      if (!(x >= 0 && x <= INT32_MAX)) {
        r.fail(CSJ_LP_SHAPE);
        break;
      }
      p.offsets.push_back(static_cast<int32_t>(x));
      offset = p.nodes[offset].next;
    }
    r.append_text(text);
    p.ends.push_back(static_cast<int32_t>(p.bytes.size()));
    p.logprobs.push_back(value);
    p.margins.push_back(best.margin());
    if (best.count > alternatives) alternatives = best.count;
    text = p.nodes[text].next;
    number = p.nodes[number].next;
    if (top) best_at = p.nodes[best_at].next;
  }
  r.finish(out, alternatives);
  return r.status;
}
