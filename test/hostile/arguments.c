/*
 * arguments FILE MEGABYTES: maps a file, and makes the kernel believe that the
 * process's arguments are so many megabytes of zeros (prctl(PR_SET_MM_MAP),
 * which any process may do to itself).
 */
#include <fcntl.h>
#include <linux/prctl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

/* The fields of /proc/self/stat from 1 on. */
static unsigned long long stat_field(int wanted) {
  static char text[4096];
  FILE *stat = fopen("/proc/self/stat", "r");
  size_t length = fread(text, 1, sizeof text - 1, stat);
  fclose(stat);
  text[length] = 0;
  char *at = strrchr(text, ')') + 2;
  for (int field = 3; field < wanted; field++)
    at = strchr(at, ' ') + 1;
  return strtoull(at, NULL, 10);
}

int main(int argc, char **argv) {
  int file = argc > 2 ? open(argv[1], O_RDONLY) : -1;
  if (file < 0 || mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, file, 0) == MAP_FAILED)
    return 1;
  size_t size = (size_t)atoi(argv[2]) << 20;
  char *zeros = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (zeros == MAP_FAILED)
    return 2;
  struct prctl_mm_map map = {
      .start_code = stat_field(26), .end_code = stat_field(27),
      .start_data = stat_field(45), .end_data = stat_field(46),
      .start_brk = stat_field(47),  .brk = (uintptr_t)sbrk(0),
      .start_stack = stat_field(28), .arg_start = (uintptr_t)zeros,
      .arg_end = (uintptr_t)zeros + size, .env_start = (uintptr_t)zeros,
      .env_end = (uintptr_t)zeros + size, .exe_fd = (uint32_t)-1,
  };
  if (prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map, 0) != 0)
    return 3;
  puts("ready");
  fflush(stdout);
  pause();
  return 0;
}
