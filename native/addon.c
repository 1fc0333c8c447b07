/*
 * The probes as JavaScript fires them, over Node-API.
 *
 * A probe's small arguments (numbers, and names as numbers) travel through one
 * shared array, the frame, so that firing needs no call to convert them. Every
 * value that comes from JavaScript is checked here: nothing that it can pass,
 * nor lack of memory, may crash the process (contract rule 12).
 *
 * Each thread that loads the addon has its own names, frame and text buffer.
 * The semaphores and the id counter belong to the process.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define NAPI_VERSION 8
#include <node_api.h>

#include "probes.h"

/* Slots of the frame; lib/provider/usdt.ts has the same list. */
enum frame_slot {
  SERVER,
  ROUTE,
  HANDLER,
  METHOD,
  LOCATION,
  ROUTE_PATH,
  ID,
  STATUS_CODE,
  BUSY,
  FRAME_SLOTS
};

/* Names are few: functions and routes of an app. A cap keeps a leak of the app's from being ours. */
#define MAX_NAMES 65536

/* The most bytes that are kept between probes for URLs, and as many for headers. */
#define MAX_KEPT_TEXT (1024 * 1024)

/* A name that is not interned is set by slot and referred to as -1 - slot. Slots before ID hold names. */
#define SCRATCH_NAMES ID

/* Ids are handed to threads a block at a time: 2^31 ids in blocks of 256. */
#define ID_BLOCK 256u
#define ID_BLOCKS (UINT32_C(0x80000000) / ID_BLOCK)

struct text {
  char *bytes;
  size_t capacity;
};

struct addon {
  char **names;
  uint32_t name_count;
  uint32_t name_capacity;
  char *scratch[SCRATCH_NAMES];
  int32_t own_frame[FRAME_SLOTS];
  /* Refers to the frame that stands in for own_frame where that can't be shared; else NULL. */
  napi_ref frame_ref;
  struct text url;
  struct text headers;
};

static _Atomic uint32_t next_id_block;

static struct addon *addon_of(napi_env env) {
  void *data = NULL;
  return napi_get_instance_data(env, &data) == napi_ok ? data : NULL;
}

static napi_value int_value(napi_env env, int32_t number) {
  napi_value value = NULL;
  napi_create_int32(env, number, &value);
  return value;
}

/* Arguments that are missing are JavaScript's undefined. */
static int arguments_of(napi_env env, napi_callback_info info, size_t wanted,
                        napi_value *values) {
  size_t count = wanted;
  return napi_get_cb_info(env, info, &count, values, NULL, NULL) == napi_ok;
}

/* A copy of a JavaScript string for the caller to free; NULL if it is none. */
static char *string_copy(napi_env env, napi_value value) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, NULL, 0, &length) != napi_ok ||
      length == SIZE_MAX)
    return NULL;
  char *copy = malloc(length + 1);
  if (copy == NULL)
    return NULL;
  if (napi_get_value_string_utf8(env, value, copy, length + 1, &length) !=
      napi_ok) {
    free(copy);
    return NULL;
  }
  return copy;
}

/* The UTF-8 text of a JavaScript string, valid until the next call for the same buffer. */
static const char *string_into(napi_env env, napi_value value,
                               struct text *text, const char *otherwise) {
  size_t length = 0;
  if (text->capacity > 0) {
    if (napi_get_value_string_utf8(env, value, text->bytes, text->capacity,
                                   &length) != napi_ok)
      return otherwise;
    /* A text that may have been cut leaves less room than one more character. */
    if (text->capacity - length > 4)
      return text->bytes;
  }
  if (napi_get_value_string_utf8(env, value, NULL, 0, &length) != napi_ok ||
      length > SIZE_MAX / 2)
    return otherwise;
  size_t capacity = length + length / 2 + 256;
  char *bytes = realloc(text->bytes, capacity);
  if (bytes == NULL)
    return otherwise;
  text->bytes = bytes;
  text->capacity = capacity;
  if (napi_get_value_string_utf8(env, value, bytes, capacity, &length) !=
      napi_ok)
    return otherwise;
  return bytes;
}

/* V8's own memory can be taken from under its buffer, so it is asked for each time. */
static const int32_t *frame_of(napi_env env, const struct addon *addon) {
  static const int32_t no_frame[FRAME_SLOTS];
  napi_value buffer;
  void *memory;
  size_t size;
  if (addon->frame_ref == NULL)
    return addon->own_frame;
  if (napi_get_reference_value(env, addon->frame_ref, &buffer) != napi_ok ||
      buffer == NULL ||
      napi_get_arraybuffer_info(env, buffer, &memory, &size) != napi_ok ||
      size < sizeof addon->own_frame)
    return no_frame;
  return memory;
}

static const char *name_in(const struct addon *addon, const int32_t *frame,
                           enum frame_slot slot) {
  int32_t token = frame[slot];
  const char *name = NULL;
  if (token >= 0 && (uint32_t)token < addon->name_count)
    name = addon->names[token];
  else if (token < 0 && token >= -SCRATCH_NAMES)
    name = addon->scratch[-1 - token];
  return name == NULL ? "" : name;
}

/* intern(name: string): number, its token, or -1 if it can't be kept */
static napi_value intern(napi_env env, napi_callback_info info) {
  struct addon *addon = addon_of(env);
  napi_value value;
  if (addon == NULL || !arguments_of(env, info, 1, &value) ||
      addon->name_count == MAX_NAMES)
    return int_value(env, -1);
  if (addon->name_count == addon->name_capacity) {
    uint32_t capacity =
        addon->name_capacity == 0 ? 64 : addon->name_capacity * 2;
    char **names = realloc(addon->names, capacity * sizeof *names);
    if (names == NULL)
      return int_value(env, -1);
    addon->names = names;
    addon->name_capacity = capacity;
  }
  char *name = string_copy(env, value);
  if (name == NULL)
    return int_value(env, -1);
  addon->names[addon->name_count] = name;
  return int_value(env, (int32_t)addon->name_count++);
}

/* scratch(slot: number, name: string): the name that token -1 - slot stands for from now on */
static napi_value scratch(napi_env env, napi_callback_info info) {
  struct addon *addon = addon_of(env);
  napi_value values[2];
  uint32_t slot;
  if (addon == NULL || !arguments_of(env, info, 2, values) ||
      napi_get_value_uint32(env, values[0], &slot) != napi_ok ||
      slot >= SCRATCH_NAMES)
    return NULL;
  free(addon->scratch[slot]);
  addon->scratch[slot] = string_copy(env, values[1]);
  return NULL;
}

/* reserveIds(): number, the first of the 256 ids that are now the caller's; 0, in the first block, is no id */
static napi_value reserve_ids(napi_env env, napi_callback_info info) {
  (void)info;
  uint32_t block = atomic_fetch_add(&next_id_block, 1) % ID_BLOCKS;
  return int_value(env, (int32_t)(block * ID_BLOCK));
}

/* enabled(): number, a bit for each probe; for runtimes that can't share the semaphores' memory */
static napi_value enabled(napi_env env, napi_callback_info info) {
  (void)info;
  int32_t mask = 0;
  for (int probe = 0; probe < PROBE_COUNT; probe++)
    if (restify_semaphores[probe] != 0)
      mask |= 1 << probe;
  return int_value(env, mask);
}

/* One huge header must not cost its memory for ever. */
static void trim(struct text *text) {
  if (text->capacity > MAX_KEPT_TEXT) {
    free(text->bytes);
    text->bytes = NULL;
    text->capacity = 0;
  }
}

/* routeStart(url: string, headers: string) */
static napi_value route_start(napi_env env, napi_callback_info info) {
  struct addon *addon = addon_of(env);
  napi_value values[2];
  if (addon == NULL || !arguments_of(env, info, 2, values))
    return NULL;
  const char *url = string_into(env, values[0], &addon->url, "");
  const char *headers = string_into(env, values[1], &addon->headers, "{}");
  const int32_t *frame = frame_of(env, addon);
  fire_route_start(name_in(addon, frame, SERVER), name_in(addon, frame, ROUTE),
                   frame[ID], name_in(addon, frame, METHOD), url, headers,
                   name_in(addon, frame, ROUTE_PATH));
  trim(&addon->url);
  trim(&addon->headers);
  return NULL;
}

/* handlerStart() */
static napi_value handler_start(napi_env env, napi_callback_info info) {
  (void)info;
  struct addon *addon = addon_of(env);
  if (addon == NULL)
    return NULL;
  const int32_t *frame = frame_of(env, addon);
  fire_handler_start(name_in(addon, frame, SERVER),
                     name_in(addon, frame, ROUTE),
                     name_in(addon, frame, HANDLER), frame[ID],
                     name_in(addon, frame, LOCATION));
  return NULL;
}

/* handlerDone() */
static napi_value handler_done(napi_env env, napi_callback_info info) {
  (void)info;
  struct addon *addon = addon_of(env);
  if (addon == NULL)
    return NULL;
  const int32_t *frame = frame_of(env, addon);
  fire_handler_done(name_in(addon, frame, SERVER), name_in(addon, frame, ROUTE),
                    name_in(addon, frame, HANDLER), frame[ID],
                    name_in(addon, frame, LOCATION), frame[BUSY]);
  return NULL;
}

/* routeDone(headers: string) */
static napi_value route_done(napi_env env, napi_callback_info info) {
  struct addon *addon = addon_of(env);
  napi_value value;
  if (addon == NULL || !arguments_of(env, info, 1, &value))
    return NULL;
  const char *headers = string_into(env, value, &addon->headers, "{}");
  const int32_t *frame = frame_of(env, addon);
  fire_route_done(name_in(addon, frame, SERVER), name_in(addon, frame, ROUTE),
                  frame[ID], frame[STATUS_CODE], headers,
                  name_in(addon, frame, ROUTE_PATH));
  trim(&addon->headers);
  return NULL;
}

static void destroy(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  struct addon *addon = data;
  for (uint32_t i = 0; i < addon->name_count; i++)
    free(addon->names[i]);
  for (int i = 0; i < SCRATCH_NAMES; i++)
    free(addon->scratch[i]);
  free(addon->names);
  free(addon->url.bytes);
  free(addon->headers.bytes);
  free(addon);
}

/*
 * Memory of ours seen from JavaScript. Electron, and V8 built with its memory
 * cage, refuse that: the frame then lives in memory of V8's, and enabled()
 * stands in for the semaphores.
 */
static napi_value shared_memory(napi_env env, void *memory, size_t size) {
  napi_value buffer;
  return napi_create_external_arraybuffer(env, memory, size, NULL, NULL,
                                          &buffer) == napi_ok
             ? buffer
             : NULL;
}

static int share_frame(napi_env env, napi_value exports, struct addon *addon) {
  napi_value buffer =
      shared_memory(env, addon->own_frame, sizeof addon->own_frame);
  if (buffer == NULL) {
    void *memory;
    if (napi_create_arraybuffer(env, sizeof addon->own_frame, &memory,
                                &buffer) != napi_ok ||
        napi_create_reference(env, buffer, 1, &addon->frame_ref) != napi_ok)
      return 0;
    memset(memory, 0, sizeof addon->own_frame);
  }
  return napi_set_named_property(env, exports, "frame", buffer) == napi_ok;
}

static int share_semaphores(napi_env env, napi_value exports) {
  napi_value buffer =
      shared_memory(env, (void *)restify_semaphores, sizeof restify_semaphores);
  return buffer == NULL ||
         napi_set_named_property(env, exports, "semaphores", buffer) == napi_ok;
}

static const struct {
  const char *name;
  napi_callback function;
} functions[] = {
    {"intern", intern},
    {"scratch", scratch},
    {"reserveIds", reserve_ids},
    {"enabled", enabled},
    {"routeStart", route_start},
    {"handlerStart", handler_start},
    {"handlerDone", handler_done},
    {"routeDone", route_done},
};

static int export_functions(napi_env env, napi_value exports) {
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    napi_value function;
    if (napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH,
                             functions[i].function, NULL,
                             &function) != napi_ok ||
        napi_set_named_property(env, exports, functions[i].name, function) !=
            napi_ok)
      return 0;
  }
  return 1;
}

NAPI_MODULE_INIT() {
  struct addon *addon = calloc(1, sizeof *addon);
  if (addon == NULL ||
      napi_set_instance_data(env, addon, destroy, NULL) != napi_ok) {
    free(addon);
    napi_throw_error(env, NULL, "no memory for the probes");
    return NULL;
  }
  if (!share_frame(env, exports, addon) || !share_semaphores(env, exports) ||
      !export_functions(env, exports)) {
    napi_throw_error(env, NULL, "Node-API can't export the probes");
    return NULL;
  }
  return exports;
}
