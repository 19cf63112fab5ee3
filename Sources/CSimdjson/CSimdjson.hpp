#pragma once
#include "CSimdjson.h"

#include <cstring>
#include <memory>
#include <simdjson.h>
#include <string_view>
#include <vector>

struct csj_parser {
  simdjson::dom::parser dom;
  size_t depth = 0;
  std::unique_ptr<uint8_t[]> text;  // the padded copy
  size_t capacity = 0, length = 0;
  bool has_escapes = false;         // there is a backslash in the text
  std::vector<csj_node> nodes;
  std::vector<uint32_t> open;

  // Columns of the log-probabilities read last
  std::vector<double> logprobs, margins;
  std::vector<uint8_t> bytes;
  std::vector<int32_t> ends, offsets;

  std::string_view raw(uint32_t node) const {
    return {reinterpret_cast<const char *>(text.get()) + nodes[node].start, nodes[node].end - nodes[node].start};
  }
  char kind(uint32_t node) const { return static_cast<char>(text[nodes[node].start]); }
};
