// Rebuilds the addons of a package from the C sources that lie in it, and compares them byte for byte.
// It takes the compilers that the package was built with (Debian 12's), and Node-API's headers.
//
//   node scripts/verify-prebuilds.mjs [PACKAGE]     # such as node_modules/restify-probes; else this one
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.resolve(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)))
const native = path.join(root, 'native')
const rebuilt = mkdtempSync(path.join(tmpdir(), 'prebuilds-'))
const prebuild = fileURLToPath(new URL('prebuild.mjs', import.meta.url))

try {
  execFileSync(process.execPath, [prebuild, native, rebuilt], { stdio: ['ignore', 'ignore', 'inherit'] })
  for (const platform of readdirSync(rebuilt)) {
    const file = path.join(platform, 'restify-probes.napi.node')
    const shipped = digest(path.join(native, 'prebuilds', file))
    const same = shipped === digest(path.join(rebuilt, file))
    console.log(`${same ? 'same' : 'DIFFERENT'}  ${shipped}  ${file}`)
    if (!same) process.exitCode = 1
  }
} finally {
  rmSync(rebuilt, { recursive: true })
}

function digest(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}
