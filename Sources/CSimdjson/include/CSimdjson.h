// simdjson behind a C ABI: what Swift cannot call, and nothing that Swift can do as well.
//
// One parse validates the whole text. The list of structural positions that simdjson's first stage leaves behind is
// walked once into a flat table of nodes (below), so that every raw slice of the text can be had without a second scan;
// simdjson's on-demand front end would run the first stage again for the same slices.
//
// Everything that a call returns lies in buffers of the parser and is valid until its next parse.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct csj_parser csj_parser;

// One value, or one member name (a node right before its value), in document order.
typedef struct {
  uint32_t start, end;  // the bytes as written, quotes and brackets included
  uint32_t next;        // index of the first node after this one and all that is inside it
  uint32_t count;       // nodes directly inside: elements, or names plus values
} csj_node;

typedef enum {
  CSJ_OK,
  CSJ_INVALID,  // not JSON, not UTF-8, or nested too deep: JSONReader finds where and why
  CSJ_NUMBER,   // bounded only: a malformed number, or one that 64 bits or a double cannot hold
  CSJ_MEMORY
} csj_status;

csj_parser *csj_new(void);
void csj_free(csj_parser *parser);

// Copies the text into the parser's padded buffer, validates it and builds the nodes; node 0 is the root. Bounded: by
// simdjson's DOM parser, whose integers have 64 bits. Any: by simdjson's first stage and our own second one, which takes
// numbers of any length.
csj_status csj_parse_bounded(csj_parser *parser, const uint8_t *text, size_t length, size_t depth);
csj_status csj_parse_any(csj_parser *parser, const uint8_t *text, size_t length, size_t depth);
const uint8_t *csj_text(const csj_parser *parser);
const csj_node *csj_nodes(const csj_parser *parser);

// The name node, in the object at `node`, that repeats an earlier name (compared decoded); 0 where all are different.
uint32_t csj_duplicate(csj_parser *parser, uint32_t node);

// For valid string tokens, without their quotes. `out` has room for `length` bytes.
size_t csj_decode(const uint8_t *text, size_t length, uint8_t *out);
size_t csj_scalars(const uint8_t *text, size_t length);
// For a valid number token; infinite where a double cannot hold it.
double csj_double(const uint8_t *text, size_t length);
// Removes white space outside strings. `out` has room for `length` bytes.
size_t csj_minify(const uint8_t *text, size_t length, uint8_t *out);

// Token log-probabilities as flat columns.
typedef enum {
  CSJ_LP_OK,
  CSJ_LP_SHAPE,     // an element, or a member of it, has the wrong type
  CSJ_LP_POSITIVE,  // a log-probability above 0, or none a double can hold
  CSJ_LP_LENGTHS,   // parallel arrays of different lengths
  CSJ_LP_BYTES      // `bytes` holds something that is no byte
} csj_lp_status;

typedef struct {
  size_t count;
  const double *logprobs;  // NAN for null
  const uint8_t *bytes;
  const int32_t *ends;
  size_t offset_count;     // 0 or count
  const int32_t *offsets;
  size_t margin_count;     // 0 or count
  const double *margins;
  size_t alternatives;     // the most that any token has
  size_t bad;              // index of the token at fault
} csj_logprobs;

// `node` is the array of objects that chat calls `content`.
csj_lp_status csj_chat_logprobs(csj_parser *parser, uint32_t node, csj_logprobs *out);
// The nodes are the parallel arrays of the completions dialect; `top` and `offsets` 0 where there are none.
csj_lp_status csj_column_logprobs(csj_parser *parser, uint32_t tokens, uint32_t logprobs, uint32_t top,
                                  uint32_t offsets, csj_logprobs *out);

// Copies a valid `logprobs` value of chat's shape with at most `keep` alternatives a token (the first ones). Returns the
// length, or 0 for the shape of the completions dialect. `out` has room for `length` bytes.
size_t csj_trim_logprobs(const uint8_t *text, size_t length, size_t keep, uint8_t *out);

#ifdef __cplusplus
}
#endif
