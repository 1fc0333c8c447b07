/* The four probes of provider "restify". Nothing here knows of JavaScript. */
#ifndef RESTIFY_PROBES_PROBES_H
#define RESTIFY_PROBES_PROBES_H

#include <stdint.h>

enum probe {
  ROUTE_START,
  HANDLER_START,
  HANDLER_DONE,
  ROUTE_DONE,
  PROBE_COUNT
};

/*
 * A probe's semaphore is not zero while a tracer is attached to it; they have the order of the enum. The
 * kernel writes here (uprobe reference counters), and counts breakpoints, not tracers: several at one probe
 * can show as one. Everybody else only reads.
 */
extern volatile uint16_t restify_semaphores[PROBE_COUNT];

void fire_route_start(const char *server, const char *route, int32_t id,
                      const char *method, const char *url, const char *headers,
                      const char *route_path);
void fire_handler_start(const char *server, const char *route,
                        const char *handler, int32_t id, const char *location);
void fire_handler_done(const char *server, const char *route,
                       const char *handler, int32_t id, const char *location,
                       int32_t busy);
void fire_route_done(const char *server, const char *route, int32_t id,
                     int32_t status_code, const char *headers,
                     const char *route_path);

#endif
