// Builds the native addon of a checkout, with node-gyp, into native/build/Release.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const PLATFORMS = ['linux-x64', 'linux-arm64']
const native = fileURLToPath(new URL('../native', import.meta.url))

const platform = `${process.platform}-${process.arch}`
if (!PLATFORMS.includes(platform)) {
  console.log(`No addon for ${platform}: only ${PLATFORMS.join(' and ')} have USDT probes of their own.`)
} else {
  const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js')
  const { status, error } = spawnSync(
    process.execPath,
    [nodeGyp, 'configure', 'build', '--silent', ...headers()],
    {
      cwd: native,
      stdio: 'inherit'
    }
  )
  if (error) console.error(error)
  process.exit(status ?? 1)
}

/** Headers that came with this Node spare a download. */
function headers() {
  const prefix = path.dirname(path.dirname(process.execPath))
  const known = process.env.npm_config_nodedir
  return !known && existsSync(path.join(prefix, 'include/node/node_api.h')) ? [`--nodedir=${prefix}`] : []
}
