// Builds the addons that travel in the package: one for each architecture,
// which loads on glibc and musl alike, as it names no library and no version of
// a symbol. arm64 needs Debian's gcc-aarch64-linux-gnu. The same sources, compiler
// and headers give the same bytes, in whatever folder: scripts/verify-prebuilds.mjs.
//
//   node scripts/prebuild.mjs [SOURCES [PREBUILDS]]
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const TARGETS = [
  { platform: 'linux-x64', gcc: 'x86_64-linux-gnu-gcc', strip: 'x86_64-linux-gnu-strip', flags: [] },
  {
    platform: 'linux-arm64',
    gcc: 'aarch64-linux-gnu-gcc',
    strip: 'aarch64-linux-gnu-strip',
    flags: [
      // Out-of-line atomics would need a symbol that musl lacks.
      '-mno-outline-atomics',
      // Pages of arm64 kernels have up to 64 KB: to protect 500 bytes of tables, relro pads the file with 57 KB.
      '-Wl,-z,norelro'
    ]
  }
]

const [
  native = fileURLToPath(new URL('../native', import.meta.url)),
  prebuilds = path.join(native, 'prebuilds')
] = process.argv.slice(2).map((folder) => path.resolve(folder))

rmSync(prebuilds, { recursive: true, force: true })
for (const { platform, gcc, strip, flags } of TARGETS) {
  const folder = path.join(prebuilds, platform)
  const addon = path.join(folder, 'restify-probes.napi.node')
  mkdirSync(folder, { recursive: true })
  const sources = ['addon.c', 'probes.c'].map((file) => path.join(native, file))
  run(gcc, [
    ...['-std=c11', '-O2', '-fPIC', '-fvisibility=hidden', '-Wall', '-Wextra', '-Werror', ...flags],
    ...['-shared', '-nostdlib', '-Wl,-z,nodelete', '-Wl,--build-id=sha1'],
    `-ffile-prefix-map=${native}=native`,
    `-I${headers()}`,
    ...['-o', addon],
    ...sources
  ])
  run(strip, ['--strip-unneeded', addon])
  console.log(path.relative(process.cwd(), addon))
}

function run(program, args) {
  try {
    execFileSync(program, args, { stdio: 'inherit' })
  } catch (error) {
    console.error(`${program} failed: ${error.message}. On Debian: apt-get install gcc gcc-aarch64-linux-gnu`)
    process.exit(1)
  }
}

/** Node-API's, which came with this Node. */
function headers() {
  const prefix = process.env.npm_config_nodedir ?? path.dirname(path.dirname(process.execPath))
  const folder = path.join(prefix, 'include/node')
  if (existsSync(path.join(folder, 'node_api.h'))) return folder
  console.error(`No node_api.h in ${folder}`)
  process.exit(1)
}
