#include "CSimdjson.hpp"

#include <algorithm>
#include <forward_list>
#include <string>

// Few names are compared in pairs. Many are sorted: no hash, so no names that were chosen to collide.
uint32_t csj_duplicate(csj_parser *parser, uint32_t node) {
  constexpr size_t kFew = 16;
  csj_parser &p = *parser;
  const size_t count = p.nodes[node].count / 2;
  if (count < 2) return 0;

  std::forward_list<std::string> decoded;  // names written with escapes; rare
  auto name = [&](uint32_t at) {
    std::string_view raw = p.raw(at);
    raw = raw.substr(1, raw.size() - 2);
    if (!p.has_escapes || memchr(raw.data(), '\\', raw.size()) == nullptr) return raw;
    std::string &text = decoded.emplace_front(raw.size(), '\0');
    text.resize(csj_decode(reinterpret_cast<const uint8_t *>(raw.data()), raw.size(),
                           reinterpret_cast<uint8_t *>(text.data())));
    return std::string_view(text);
  };

  if (count <= kFew) {
    std::string_view seen[kFew];
    size_t used = 0;
    for (uint32_t at = node + 1; at < p.nodes[node].next; at = p.nodes[at + 1].next) {
      std::string_view here = name(at);
      for (size_t i = 0; i < used; i++)
        if (seen[i] == here) return at;
      seen[used++] = here;
    }
    return 0;
  }
  std::vector<std::pair<std::string_view, uint32_t>> all;
  all.reserve(count);
  for (uint32_t at = node + 1; at < p.nodes[node].next; at = p.nodes[at + 1].next) all.emplace_back(name(at), at);
  std::sort(all.begin(), all.end());
  uint32_t first = 0;
  for (size_t i = 1; i < all.size(); i++)
    if (all[i].first == all[i - 1].first && (first == 0 || all[i].second < first)) first = all[i].second;
  return first;
}
