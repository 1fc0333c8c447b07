{
  "targets": [
    {
      "target_name": "restify_probes",
      "sources": ["addon.c", "probes.c"],
      "cflags": ["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-fvisibility=hidden"],
    }
  ]
}
