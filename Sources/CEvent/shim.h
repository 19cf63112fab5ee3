#include <sys/select.h>
#include <sys/eventfd.h>
#include <pthread.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/buffer.h>
#include <event2/util.h>

// pthread.h shows this one only under _GNU_SOURCE, which Swift's importer does not set.
extern int pthread_setname_np(pthread_t thread, const char *name);

// poll.h shows it only under _GNU_SOURCE.
#ifndef POLLRDHUP
#define POLLRDHUP 0x2000
#endif
