// held: many streams at once, and how long each of them was silent.
//
//   held PORT PATH BODY STREAMS PACE_US SEED
//
// Opens STREAMS connections to 127.0.0.1:PORT, begins one stream on each, spread evenly over PACE_US, and reads all of
// them to their end (the last chunk of a chunked body). A pause is the time between two arrivals on one stream; the time
// to the first is none. @@@@@@@@ in BODY is a number that begins at SEED. Prints one line of JSON: streams that ended as
// they should, pauses in ms, and how long after the start the longest one ended. Gives up after 60 s.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef struct { int fd; uint64_t last; char tail[5]; int answered; } stream_t;

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static int by_size(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

static _Noreturn void give_up(const char *what) { perror(what); exit(1); }

int main(int argc, char **argv) {
  if (argc != 7) return fprintf(stderr, "usage: held PORT PATH BODY STREAMS PACE_US SEED\n"), 2;
  int count = atoi(argv[4]), poll = epoll_create1(0), begun = 0, ended = 0, open_ = 0;
  uint64_t pace = strtoull(argv[5], 0, 10) * 1000, seed = strtoull(argv[6], 0, 10);
  static char body[65536], request[70000], data[262144];
  FILE *file = fopen(argv[3], "r");
  if (!file) give_up(argv[3]);
  size_t length = fread(body, 1, sizeof body - 1, file);
  int size = snprintf(request, sizeof request,
    "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
    argv[2], argv[1], length, body);
  char *number = strstr(request, "@@@@@@@@");

  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(atoi(argv[1])) };
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  stream_t *streams = calloc(count, sizeof *streams);
  for (int i = 0; i < count; i++) {
    stream_t *s = &streams[i];
    s->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (s->fd < 0 || connect(s->fd, (void *)&address, sizeof address)) give_up("connect");
    setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = s };
    epoll_ctl(poll, EPOLL_CTL_ADD, s->fd, &event);
  }

  size_t room = 4000000, pauses = 0;
  uint64_t longest = 0, longest_at = 0;
  uint64_t *pause = malloc(room * sizeof *pause), start = now(), limit = start + 60 * 1000000000ull;
  prctl(PR_SET_TIMERSLACK, 1UL);
  while (begun < count || open_ > 0) {
    uint64_t t = now(), due = start + pace * begun / count;
    if (t > limit) break;
    while (begun < count && due <= t) {
      if (number) {
        char digits[9];
        snprintf(digits, sizeof digits, "%08llu", (unsigned long long)((seed + begun) % 100000000));
        memcpy(number, digits, 8);
      }
      if (send(streams[begun].fd, request, size, MSG_NOSIGNAL) != size) give_up("send");
      open_++;
      due = start + pace * ++begun / count;
    }
    uint64_t wait = begun < count ? due - t : 100000000;
    struct epoll_event events[512];
    int ready = epoll_pwait2(poll, events, 512, &(struct timespec){ 0, wait }, NULL);
    for (int i = 0; i < ready; i++) {
      stream_t *s = events[i].data.ptr;
      ssize_t n = recv(s->fd, data, sizeof data, MSG_DONTWAIT);
      if (n < 0) continue;
      t = now();
      if (n > 0) {
        if (!s->last) s->answered = n > 12 && !memcmp(data + 8, " 200", 4);
        else if (pauses < room) {
          pause[pauses++] = t - s->last;
          if (t - s->last > longest) longest = t - s->last, longest_at = t - start;
        }
        s->last = t;
        if (n >= 5) memcpy(s->tail, data + n - 5, 5);
        else { memmove(s->tail, s->tail + n, 5 - n); memcpy(s->tail + 5 - n, data, n); }
      }
      int whole = s->answered && !memcmp(s->tail, "0\r\n\r\n", 5);
      if (n == 0 || whole) { ended += whole; open_--; close(s->fd); }
    }
  }
  if (!pauses) return fprintf(stderr, "nothing came\n"), 1;
  qsort(pause, pauses, sizeof *pause, by_size);
  printf("{\"ended\":%d,\"p50\":%.3f,\"p99\":%.3f,\"p999\":%.3f,\"max\":%.3f,\"at\":%.3f}\n", ended,
    pause[pauses / 2] / 1e6, pause[pauses * 99 / 100] / 1e6, pause[pauses * 999 / 1000] / 1e6,
    pause[pauses - 1] / 1e6, longest_at / 1e6);
  return 0;
}
