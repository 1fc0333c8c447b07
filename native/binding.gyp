{
  "targets": [
    {
      "target_name": "restify_probes",
      "sources": ["addon.c", "probes.c"],
      "cflags": ["-std=c11", "-O2", "-Wall", "-Wextra", "-fvisibility=hidden"],
      # Never unloaded: tracers hold its addresses, and ids must not begin again.
      "ldflags": ["-Wl,-z,nodelete"],
      "conditions": [
        # Out-of-line atomics would need a symbol that musl lacks.
        ["target_arch == 'arm64'", {"cflags": ["-mno-outline-atomics"]}]
      ]
    }
  ]
}
