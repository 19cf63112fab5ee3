#include <spawn.h>

// What glibc's spawn.h keeps behind `__USE_GNU`, which Swift's own import of it does not set.

// The child leads a session of its own.
static const short understudy_spawn_setsid = 0x80;

// The child has none of our descriptors from `first` on.
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int first);
