// The files of the web pages, in the program: what Swift has no word for is `#embed` (C23, 6.10.4).
#ifndef CPAGES_H
#define CPAGES_H

#include <stddef.h>

struct understudy_page {
  const char *_Nonnull name;
  const unsigned char *_Nonnull bytes;
  size_t count;
};

extern const struct understudy_page *_Nonnull const understudy_pages;
extern const size_t understudy_page_count;

#endif
