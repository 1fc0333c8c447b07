/* map FILE: maps the first page of a file, as loading it would, says so, and stays. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int main(int argc, char **argv) {
  int file = argc > 1 ? open(argv[1], O_RDONLY) : -1;
  if (file < 0 || mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, file, 0) == MAP_FAILED)
    return 1;
  close(file);
  puts("ready");
  fflush(stdout);
  pause();
  return 0;
}
