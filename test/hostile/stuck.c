// A process that has mapped a file of a file system that does not answer: stuck FOLDER FILE [argument]
// FILE is shown in FOLDER (FUSE) as restify_probes.node. With a long third argument, that lies over it, as an argument
// of the process's that nobody can read.
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <linux/limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define FOLDER_NODE 1
#define FILE_NODE 2
#define PAGE 4096

static int device;
static int shown;

static void answer(uint64_t unique, int error, const void *data, size_t size) {
  struct fuse_out_header header = {.len = sizeof header + size, .error = -error, .unique = unique};
  struct iovec parts[] = {{&header, sizeof header}, {(void *)data, size}};
  if (writev(device, parts, 2) < 0 && errno != ENOENT) exit(1);
}

static struct fuse_attr attributes(uint64_t node) {
  struct stat of;
  fstat(shown, &of);
  struct fuse_attr attr = {.ino = node, .nlink = 1, .mode = S_IFDIR | 0755};
  if (node == FILE_NODE) {
    attr.mode = S_IFREG | 0755;
    attr.size = of.st_size;
  }
  return attr;
}

static void serve(struct fuse_in_header *in, void *body) {
  switch (in->opcode) {
  case FUSE_INIT: {
    struct fuse_init_out out = {.major = 7, .minor = 31, .max_write = PAGE, .max_readahead = PAGE};
    return answer(in->unique, 0, &out, sizeof out);
  }
  case FUSE_LOOKUP: {
    struct fuse_entry_out out = {.nodeid = FILE_NODE, .attr = attributes(FILE_NODE)};
    return strcmp(body, "restify_probes.node") ? answer(in->unique, ENOENT, NULL, 0)
                                               : answer(in->unique, 0, &out, sizeof out);
  }
  case FUSE_GETATTR: {
    struct fuse_attr_out out = {.attr = attributes(in->nodeid)};
    return answer(in->unique, 0, &out, sizeof out);
  }
  case FUSE_OPEN:
  case FUSE_OPENDIR: {
    struct fuse_open_out out = {.fh = 1, .open_flags = FOPEN_DIRECT_IO};
    return answer(in->unique, 0, &out, sizeof out);
  }
  case FUSE_FORGET:
  case FUSE_BATCH_FORGET:
  case FUSE_INTERRUPT:
    return;
  default:
    return answer(in->unique, ENOSYS, NULL, 0);
  }
}

/** Answers until it is told to stop, and then takes all that it is asked and says nothing. */
static void file_system(int told) {
  static char request[256 * 1024];
  fcntl(told, F_SETFL, O_NONBLOCK);
  for (;;) {
    ssize_t size = read(device, request, sizeof request);
    if (size < 0 && errno != EINTR) exit(0);
    char word;
    if (size <= 0 || read(told, &word, 1) == 0) continue;
    serve((void *)request, request + sizeof(struct fuse_in_header));
  }
}

int main(int count, char **arguments) {
  if (count < 3) return 2;
  int told[2];
  char options[100];
  device = open("/dev/fuse", O_RDWR);
  shown = open(arguments[2], O_RDONLY);
  if (device < 0 || shown < 0 || pipe(told)) return 1;
  snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", device);
  if (mount("stuck", arguments[1], "fuse.stuck", MS_NOSUID | MS_NODEV, options)) return perror("mount"), 1;
  if (fork() == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(told[1]);
    file_system(told[0]);
  }
  close(device);
  close(told[0]);
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/restify_probes.node", arguments[1]);
  int file = open(path, O_RDONLY);
  if (file < 0) return perror("open"), 1;
  uintptr_t over = count > 3 ? ((uintptr_t)arguments[3] + PAGE) & ~(uintptr_t)(PAGE - 1) : 0;
  void *place = mmap((void *)over, PAGE, PROT_READ, MAP_PRIVATE | (over ? MAP_FIXED : 0), file, 0);
  if (place == MAP_FAILED) return perror("mmap"), 1;
  // While it still answers: the kernel tells it of that, and waits.
  close(file);
  close(told[1]);
  write(1, "ready\n", 6);
  for (;;) pause();
}
