/*
 * Stands in for a Node that was built with musl, of which no registry has one:
 * as much of Node-API as the addon asks for. Loads the addon that it is given,
 * then does what it reads: "enabled" prints the probes' mask, "fire" fires a
 * request's probes.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <node_api.h>

/* A value of JavaScript's: what is not set is not of that type. */
struct napi_value__ {
  const char *string;
  int32_t number;
  napi_callback function;
  void *memory;
  size_t size;
};

struct napi_env__ {
  void *instance_data;
};

struct napi_callback_info__ {
  size_t count;
  napi_value *values;
};

struct property {
  const char *name;
  napi_value value;
};

static struct property exports[16];
static size_t export_count;

static napi_value new_value(void) {
  napi_value value = calloc(1, sizeof *value);
  if (value == NULL)
    abort();
  return value;
}

napi_status napi_set_instance_data(node_api_basic_env env, void *data,
                                   napi_finalize finalize, void *hint) {
  (void)finalize;
  (void)hint;
  ((napi_env)env)->instance_data = data;
  return napi_ok;
}

napi_status napi_get_instance_data(node_api_basic_env env, void **data) {
  *data = env->instance_data;
  return napi_ok;
}

napi_status napi_create_int32(napi_env env, int32_t number, napi_value *result) {
  (void)env;
  *result = new_value();
  (*result)->number = number;
  return napi_ok;
}

napi_status napi_create_function(napi_env env, const char *name, size_t length,
                                 napi_callback function, void *data,
                                 napi_value *result) {
  (void)env;
  (void)name;
  (void)length;
  (void)data;
  *result = new_value();
  (*result)->function = function;
  return napi_ok;
}

napi_status napi_create_external_arraybuffer(napi_env env, void *memory,
                                             size_t size,
                                             napi_finalize finalize, void *hint,
                                             napi_value *result) {
  (void)env;
  (void)finalize;
  (void)hint;
  *result = new_value();
  (*result)->memory = memory;
  (*result)->size = size;
  return napi_ok;
}

napi_status napi_set_named_property(napi_env env, napi_value object,
                                    const char *name, napi_value value) {
  (void)env;
  (void)object;
  if (export_count == sizeof exports / sizeof *exports)
    return napi_generic_failure;
  exports[export_count++] = (struct property){name, value};
  return napi_ok;
}

napi_status napi_get_cb_info(napi_env env, napi_callback_info info,
                             size_t *count, napi_value *values,
                             napi_value *this_value, void **data) {
  (void)env;
  (void)this_value;
  (void)data;
  static struct napi_value__ undefined;
  for (size_t i = 0; i < *count; i++)
    values[i] = i < info->count ? info->values[i] : &undefined;
  *count = info->count;
  return napi_ok;
}

napi_status napi_get_value_string_utf8(napi_env env, napi_value value,
                                       char *buffer, size_t size,
                                       size_t *length) {
  (void)env;
  if (value->string == NULL)
    return napi_string_expected;
  *length = strlen(value->string);
  if (buffer != NULL)
    *length = (size_t)snprintf(buffer, size, "%s", value->string) < size
                  ? *length
                  : size - 1;
  return napi_ok;
}

napi_status napi_get_value_uint32(napi_env env, napi_value value,
                                  uint32_t *number) {
  (void)env;
  *number = (uint32_t)value->number;
  return napi_ok;
}

napi_status napi_throw_error(napi_env env, const char *code,
                             const char *message) {
  (void)env;
  (void)code;
  fprintf(stderr, "%s\n", message);
  exit(1);
}

/* Only for runtimes that can't share memory, which this one can. */
napi_status napi_create_arraybuffer(napi_env env, size_t size, void **memory,
                                    napi_value *result) {
  (void)env, (void)size, (void)memory, (void)result;
  return napi_generic_failure;
}
napi_status napi_create_reference(napi_env env, napi_value value,
                                  uint32_t count, napi_ref *result) {
  (void)env, (void)value, (void)count, (void)result;
  return napi_generic_failure;
}
napi_status napi_get_reference_value(napi_env env, napi_ref ref,
                                     napi_value *result) {
  (void)env, (void)ref, (void)result;
  return napi_generic_failure;
}
napi_status napi_get_arraybuffer_info(napi_env env, napi_value buffer,
                                      void **memory, size_t *size) {
  (void)env, (void)buffer, (void)memory, (void)size;
  return napi_generic_failure;
}

static napi_value exported(const char *name) {
  for (size_t i = 0; i < export_count; i++)
    if (strcmp(exports[i].name, name) == 0)
      return exports[i].value;
  fprintf(stderr, "the addon exports no %s\n", name);
  exit(1);
}

static int32_t call(napi_env env, const char *name, const char *first,
                    const char *second) {
  struct napi_value__ strings[] = {{.string = first}, {.string = second}};
  napi_value values[] = {&strings[0], &strings[1]};
  struct napi_callback_info__ info = {2, values};
  napi_value result = exported(name)->function(env, &info);
  return result == NULL ? 0 : result->number;
}

static void fire(napi_env env) {
  /* In the order of the addon's slots: six names, then id, status code, busy. */
  int32_t *frame = exported("frame")->memory;
  const char *names[] = {"helloworld", "getfoo", "respond", "GET", "app.js:1", "/hello/:name"};
  for (int slot = 0; slot < 6; slot++)
    frame[slot] = call(env, "intern", names[slot], NULL);
  frame[6] = call(env, "reserveIds", NULL, NULL) + 1;
  frame[7] = 200;
  frame[8] = 15;
  call(env, "routeStart", "/hello/mark", "{\"host\":\"musl\"}");
  call(env, "handlerStart", NULL, NULL);
  call(env, "handlerDone", NULL, NULL);
  call(env, "routeDone", "{}", NULL);
}

int main(int count, char **arguments) {
  void *addon = count == 2 ? dlopen(arguments[1], RTLD_NOW) : NULL;
  if (addon == NULL) {
    fprintf(stderr, "%s\n", count == 2 ? dlerror() : "usage: host ADDON");
    return 1;
  }
  struct napi_env__ env = {0};
  napi_value (*init)(napi_env, napi_value) =
      (napi_value(*)(napi_env, napi_value))dlsym(addon,
                                                 "napi_register_module_v1");
  if (init == NULL || init(&env, new_value()) == NULL)
    return 1;
  char line[16];
  while (fgets(line, sizeof line, stdin) != NULL) {
    if (strcmp(line, "enabled\n") == 0) {
      printf("%d\n", call(&env, "enabled", NULL, NULL));
    } else if (strcmp(line, "fire\n") == 0) {
      fire(&env);
      puts("fired");
    }
    fflush(stdout);
  }
  return 0;
}
