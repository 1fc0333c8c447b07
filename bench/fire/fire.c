/*
 * The limit for a fire from JavaScript: the same probes with the same arguments,
 * from a C program. Linked with native/probes.c; see limit.mjs.
 *
 *   fire REQUEST-HEADERS RESPONSE-HEADERS
 *
 * reads lines "PROBE COUNT" and answers each with the nanoseconds of CPU that a
 * fire took; "enabled 0" with how many probes are enabled.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "probes.h"

static int64_t cpu_time(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int enabled(void) {
  int count = 0;
  for (int probe = 0; probe < PROBE_COUNT; probe++)
    if (restify_semaphores[probe] != 0)
      count++;
  return count;
}

static void fire(const char *probe, int32_t count, char **headers) {
  if (strcmp(probe, "route-start") == 0)
    for (int32_t id = 1; id <= count; id++)
      fire_route_start("helloworld", "getfoo", id, "GET", "/hello/mark", headers[0],
                       "/hello/:name");
  else if (strcmp(probe, "handler-start") == 0)
    for (int32_t id = 1; id <= count; id++)
      fire_handler_start("helloworld", "getfoo", "parseUrlEncodedBody", id,
                         "lib/middlewares.js:42");
  else if (strcmp(probe, "handler-done") == 0)
    for (int32_t id = 1; id <= count; id++)
      fire_handler_done("helloworld", "getfoo", "parseUrlEncodedBody", id,
                        "lib/middlewares.js:42", 1500);
  else if (strcmp(probe, "route-done") == 0)
    for (int32_t id = 1; id <= count; id++)
      fire_route_done("helloworld", "getfoo", id, 200, headers[1],
                      "/hello/:name");
}

int main(int argc, char **argv) {
  char probe[32];
  int32_t count;
  if (argc != 3)
    return 1;
  while (scanf("%31s %" SCNd32, probe, &count) == 2) {
    if (strcmp(probe, "enabled") == 0) {
      printf("%d\n", enabled());
    } else {
      int64_t before = cpu_time();
      fire(probe, count, argv + 1);
      printf("%.1f\n", (double)(cpu_time() - before) / count);
    }
    fflush(stdout);
  }
  return 0;
}
