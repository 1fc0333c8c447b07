/* map-many LIST: maps the first page of every file that a list names, a line each, says so, and stays. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int main(int argc, char **argv) {
  char name[4096];
  FILE *list = argc > 1 ? fopen(argv[1], "r") : NULL;
  if (list == NULL)
    return 1;
  while (fgets(name, sizeof name, list) != NULL) {
    name[strcspn(name, "\n")] = 0;
    int file = open(name, O_RDONLY);
    if (file < 0 || mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, file, 0) == MAP_FAILED)
      return 1;
    close(file);
  }
  puts("ready");
  fflush(stdout);
  pause();
  return 0;
}
