// Builds the native addon of a checkout, with node-gyp, into native/build/Release.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

const PLATFORMS = ['linux-x64', 'linux-arm64']
const native = path.join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..', 'native')

const platform = `${process.platform}-${process.arch}`
if (!PLATFORMS.includes(platform)) {
  console.log(`No addon for ${platform}: only ${PLATFORMS.join(' and ')} have USDT probes of their own.`)
} else {
  const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js')
  const { status } = spawnSync(process.execPath, [nodeGyp, 'configure', 'build', '--silent', ...headers()], {
    cwd: native,
    stdio: 'inherit'
  })
  process.exit(status ?? 1)
}

/** Headers that came with this Node spare a download. */
function headers() {
  const prefix = path.dirname(path.dirname(process.execPath))
  const known = process.env.npm_config_nodedir ?? process.env.npm_package_config_node_gyp_nodedir
  return !known && existsSync(path.join(prefix, 'include/node/node_api.h')) ? [`--nodedir=${prefix}`] : []
}
