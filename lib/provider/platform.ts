import { inspect, types } from 'node:util'
import { type Backend, silent } from './backend'
import { DTraceBackend, type DTraceModule, isBuilt } from './dtrace'
import { createIds, localBlocks } from './ids'
import { NameTable } from './names'
import { runtimeRequire } from './require'
import { loadAddon, type NativeAddon, UsdtBackend, UsdtBackendByCall } from './usdt'

/** The way in which a platform shows probes to tracers outside the process. */
export interface Platform {
  kind: 'usdt' | 'dtrace' | 'none'
  /** A sentence for people: what works, or why nothing does and what to do about it. */
  message: string
  /** The path of the native addon. */
  addon?: string
  backend: Backend
  names: NameTable
  nextId: () => number
}

/** The machine and its packages, as far as a platform is chosen by them. Tests put other hosts in its place. */
export interface Host {
  platform: NodeJS.Platform
  arch: string
  loadAddon(): { addon: NativeAddon; file: string }
  /** @throws Error when the package is not installed */
  loadDTraceProvider(): DTraceModule
}

const thisHost: Host = {
  platform: process.platform,
  arch: process.arch,
  loadAddon,
  loadDTraceProvider: () => runtimeRequire()('dtrace-provider') as DTraceModule
}

const DTRACE_PLATFORMS: readonly string[] = ['darwin', 'sunos', 'freebsd']

/** Never throws: a part that can't be loaded is reported in the message. */
export function choosePlatform(host: Host = thisHost): Platform {
  try {
    if (host.platform === 'linux') return linux(host)
    if (DTRACE_PLATFORMS.includes(host.platform)) return dtrace(host)
  } catch (error) {
    return none(`the probes could not be set up: ${messageOf(error)}`)
  }
  return none(`no tracer of ${host.platform} can read probes; the channels of node:diagnostics_channel work`)
}

function linux(host: Host): Platform {
  let loaded: { addon: NativeAddon; file: string }
  try {
    loaded = host.loadAddon()
  } catch (error) {
    return none(
      `the native addon for linux-${host.arch} could not be loaded: ${messageOf(error)} ` +
        'Prebuilt are linux-x64 and linux-arm64; a bundler must leave restify-probes external; ' +
        'in a checkout, build the addon with: npm run build:addon'
    )
  }
  const { addon, file } = loaded
  const { semaphores } = addon
  const backend = semaphores ? new UsdtBackend({ ...addon, semaphores }) : new UsdtBackendByCall(addon)
  return {
    kind: 'usdt',
    message: `USDT probes of provider "restify" are in this process, from ${file}`,
    addon: file,
    backend,
    names: backend.names,
    nextId: createIds(addon.reserveIds)
  }
}

/** The architectures for which libusdt is written, on which dtrace-provider stands. */
const LIBUSDT_ARCHITECTURES: readonly string[] = ['x64', 'ia32']

function dtrace(host: Host): Platform {
  let module: DTraceModule | undefined
  try {
    module = host.loadDTraceProvider()
  } catch (error) {
    if (!isNotInstalled(error))
      return none(`the package dtrace-provider could not be loaded: ${messageOf(error)}`)
  }
  if (module !== undefined && isBuilt(module)) return throughDTrace(module)
  if (!LIBUSDT_ARCHITECTURES.includes(host.arch)) {
    return none(
      `the package dtrace-provider has no probes for ${host.platform}-${host.arch}: its libusdt is for x86 only. ` +
        'The channels of node:diagnostics_channel work'
    )
  }
  if (module === undefined) {
    return none(
      'the package dtrace-provider is not installed. What 0.8.8 takes to build on this Node is in docs/platforms.md ' +
        'of restify-probes; add it with: npm install dtrace-provider'
    )
  }
  return none(
    'the package dtrace-provider is installed but its native part was never built: npm skipped its install ' +
      'script, or the build failed (as published, 0.8.8 does not compile on Node 14 and later: see docs/platforms.md ' +
      'of restify-probes). Build it, and see why it fails, with: V=1 npm rebuild dtrace-provider --foreground-scripts ' +
      '(under npm 12 and later first: npm install-scripts approve dtrace-provider). The channels of ' +
      'node:diagnostics_channel work without it'
  )
}

function throughDTrace(module: DTraceModule): Platform {
  return {
    kind: 'dtrace',
    message: `DTrace probes of provider "restify${process.pid}" are in this process`,
    backend: new DTraceBackend(module),
    names: new NameTable(),
    nextId: createIds(localBlocks())
  }
}

/** False where the module that is missing is one that dtrace-provider itself needs. */
function isNotInstalled(error: unknown): boolean {
  if (!types.isNativeError(error)) return false
  const { code } = error as NodeJS.ErrnoException
  return code === 'MODULE_NOT_FOUND' && messageOf(error).includes("'dtrace-provider'")
}

/** A platform on which no tracer outside the process finds probes. */
export function none(message: string): Platform {
  return {
    kind: 'none',
    message,
    backend: silent,
    names: new NameTable(),
    nextId: createIds(localBlocks())
  }
}

function messageOf(error: unknown): string {
  let message = 'something that can not be printed'
  try {
    message = String(error instanceof Error ? error.message : inspect(error))
  } catch {}
  return message.replace(/\s+/g, ' ').trim().replace(/\.?$/, '.')
}
