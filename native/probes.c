#include "probes.h"

#include "usdt.h"

/* An argument after the other, as a note spells them: */
/* clang-format off */

/*
 * gdb and perf write a semaphore through the file mapping that holds the
 * section, so it must be writable data with a place in the file, not .bss.
 */
__attribute__((section(".probes"), visibility("hidden"), used, aligned(8)))
volatile uint16_t restify_semaphores[PROBE_COUNT] = {0};

/* Offsets into restify_semaphores, spelled for the assembler. */
#define SEMAPHORE_ROUTE_START "restify_semaphores"
#define SEMAPHORE_HANDLER_START "restify_semaphores+2"
#define SEMAPHORE_HANDLER_DONE "restify_semaphores+4"
#define SEMAPHORE_ROUTE_DONE "restify_semaphores+6"

_Static_assert(ROUTE_START == 0 && HANDLER_START == 1 && HANDLER_DONE == 2 &&
                   ROUTE_DONE == 3,
               "the notes spell these offsets out");

/*
 * Never inlined, so that a probe has one site and one note. The memory clobber
 * keeps the compiler from leaving a string half written behind the nop.
 */
#define SITE __attribute__((noinline, visibility("hidden")))

SITE void fire_route_start(const char *server, const char *route, int32_t id,
                           const char *method, const char *url,
                           const char *headers, const char *route_path) {
  __asm__ volatile(
      USDT_NOTE("restify", "route__start", SEMAPHORE_ROUTE_START,
                USDT_STRING(0) " " USDT_STRING(1) " " USDT_INT(2) " "
                USDT_STRING(3) " " USDT_STRING(4) " " USDT_STRING(5) " "
                USDT_STRING(6))
      :
      : "r"(server), "r"(route), USDT_INT_OPERAND(id), "r"(method), "r"(url),
        "r"(headers), "r"(route_path)
      : "memory");
}

SITE void fire_handler_start(const char *server, const char *route,
                             const char *handler, int32_t id,
                             const char *location) {
  __asm__ volatile(
      USDT_NOTE("restify", "handler__start", SEMAPHORE_HANDLER_START,
                USDT_STRING(0) " " USDT_STRING(1) " " USDT_STRING(2) " "
                USDT_INT(3) " " USDT_STRING(4))
      :
      : "r"(server), "r"(route), "r"(handler), USDT_INT_OPERAND(id),
        "r"(location)
      : "memory");
}

SITE void fire_handler_done(const char *server, const char *route,
                            const char *handler, int32_t id,
                            const char *location, int32_t busy) {
  __asm__ volatile(
      USDT_NOTE("restify", "handler__done", SEMAPHORE_HANDLER_DONE,
                USDT_STRING(0) " " USDT_STRING(1) " " USDT_STRING(2) " "
                USDT_INT(3) " " USDT_STRING(4) " " USDT_INT(5))
      :
      : "r"(server), "r"(route), "r"(handler), USDT_INT_OPERAND(id),
        "r"(location), USDT_INT_OPERAND(busy)
      : "memory");
}

SITE void fire_route_done(const char *server, const char *route, int32_t id,
                          int32_t status_code, const char *headers,
                          const char *route_path) {
  __asm__ volatile(
      USDT_NOTE("restify", "route__done", SEMAPHORE_ROUTE_DONE,
                USDT_STRING(0) " " USDT_STRING(1) " " USDT_INT(2) " "
                USDT_INT(3) " " USDT_STRING(4) " " USDT_STRING(5))
      :
      : "r"(server), "r"(route), USDT_INT_OPERAND(id),
        USDT_INT_OPERAND(status_code), "r"(headers), "r"(route_path)
      : "memory");
}
