import { readFileSync } from 'node:fs'
import path from 'node:path'
import { ADDON_FILE, nativeFolder } from '../native'
import type { Backend, HeaderSource } from './backend'
import { type Name, NameTable, withoutNul } from './names'
import { HANDLER_DONE, HANDLER_START, PROBE_NAMES, ROUTE_DONE, ROUTE_START } from './probes'
import { runtimeRequire } from './require'

/** The exports of native/addon.c. */
export interface NativeAddon {
  /** Four 16-bit counters, in the order of PROBE_NAMES, that the kernel writes; missing where V8 refuses foreign memory. */
  semaphores?: ArrayBuffer
  /** The numbers of the next probe to fire; slots below. */
  frame: ArrayBuffer
  intern(name: string): number
  scratch(slot: number, name: string): void
  reserveIds(): number
  enabled(): number
  routeStart(url: string, headers: string): void
  handlerStart(): void
  handlerDone(): void
  routeDone(headers: string): void
}

// Slots of the frame, as in native/addon.c. Those before ID hold names, and
// number the scratch names too.
const SERVER = 0
const ROUTE = 1
const HANDLER = 2
const METHOD = 3
const LOCATION = 4
const ROUTE_PATH = 5
const ID = 6
const STATUS_CODE = 7
const BUSY = 8
const FRAME_SLOTS = 9

/**
 * Finds and loads the addon of this platform; where another copy of the package
 * has loaded its own already, in whichever thread, that one: a second file would
 * be a second provider.
 *
 * @throws Error when there is no build for it, or the one there is can't be loaded
 */
export function loadAddon(): { addon: NativeAddon; file: string } {
  const load = runtimeRequire()
  for (const file of mappedAddons()) {
    try {
      return { addon: checked(load(file)), file }
    } catch {
      // It is another release's, which can't be shared.
    }
  }
  const { path: find } = require('node-gyp-build') as { path(folder: string): string }
  let problem: unknown
  for (const folder of nativeFolders()) {
    try {
      const file = find(folder)
      return { addon: checked(load(file)), file }
    } catch (error) {
      problem ??= error
    }
  }
  throw problem
}

/** Folders that may hold build/ or prebuilds/: this package's; from a bundle of it, the installed package's. */
function nativeFolders(): Set<string> {
  const folders = new Set([nativeFolder()])
  try {
    const installed = runtimeRequire().resolve('restify-probes/package.json')
    folders.add(path.join(path.dirname(installed), 'native'))
  } catch {
    // The package is not installed beside the bundle.
  }
  return folders
}

/** The addons of ours in this process, by either name: a checkout's or the package's. */
function mappedAddons(): Iterable<string> {
  try {
    const maps = readFileSync('/proc/self/maps', 'utf8')
    return new Set(maps.match(new RegExp(`/.*${ADDON_FILE.source}`, 'gm')))
  } catch {
    return []
  }
}

const FUNCTIONS = [
  'intern',
  'scratch',
  'reserveIds',
  'enabled',
  'routeStart',
  'handlerStart',
  'handlerDone',
  'routeDone'
] as const

/** node-gyp-build takes any addon that lies where it looks. */
function checked(addon: NativeAddon): NativeAddon {
  const fits = FUNCTIONS.every((name) => typeof addon[name] === 'function')
  if (!fits || addon.frame?.byteLength !== FRAME_SLOTS * Int32Array.BYTES_PER_ELEMENT)
    throw new Error('the addon that was found is of another package or release')
  return addon
}

/** Linux: static USDT probes, fired by the native addon. */
export class UsdtBackend implements Backend {
  readonly names: NameTable
  readonly #addon: NativeAddon
  readonly #frame: Int32Array
  readonly #semaphores: Uint16Array

  constructor(addon: NativeAddon & { semaphores: ArrayBuffer }) {
    this.#addon = addon
    this.#frame = new Int32Array(addon.frame)
    this.#semaphores = new Uint16Array(addon.semaphores)
    this.names = new NameTable((text) => addon.intern(withoutNul(text)))
  }

  active(): boolean {
    return this.enabled() !== 0
  }

  enabled(): number {
    const semaphores = this.#semaphores
    let enabled = 0
    for (let probe = 0; probe < PROBE_NAMES.length; probe++)
      if (semaphores[probe] !== 0) enabled |= 1 << probe
    return enabled
  }

  routeStart(
    server: Name,
    route: Name,
    id: number,
    method: string,
    url: string,
    headers: HeaderSource,
    routePath: Name
  ): void {
    if ((this.enabled() & ROUTE_START) === 0) return
    // Headers come first, as the app's own code that makes their JSON may fire probes of its own.
    const json = headers.json()
    this.#put(SERVER, server)
    this.#put(ROUTE, route)
    this.#put(METHOD, this.names.of(method))
    this.#put(ROUTE_PATH, routePath)
    this.#frame[ID] = id
    this.#addon.routeStart(withoutNul(url), json)
  }

  handlerStart(server: Name, route: Name, handler: Name, id: number, location: Name): void {
    if ((this.enabled() & HANDLER_START) === 0) return
    this.#put(SERVER, server)
    this.#put(ROUTE, route)
    this.#put(HANDLER, handler)
    this.#put(LOCATION, location)
    this.#frame[ID] = id
    this.#addon.handlerStart()
  }

  handlerDone(server: Name, route: Name, handler: Name, id: number, location: Name, busy: number): void {
    if ((this.enabled() & HANDLER_DONE) === 0) return
    this.#put(SERVER, server)
    this.#put(ROUTE, route)
    this.#put(HANDLER, handler)
    this.#put(LOCATION, location)
    this.#frame[ID] = id
    this.#frame[BUSY] = busy
    this.#addon.handlerDone()
  }

  routeDone(
    server: Name,
    route: Name,
    id: number,
    statusCode: number,
    headers: HeaderSource,
    routePath: Name
  ): void {
    if ((this.enabled() & ROUTE_DONE) === 0) return
    const json = headers.json()
    this.#put(SERVER, server)
    this.#put(ROUTE, route)
    this.#put(ROUTE_PATH, routePath)
    this.#frame[ID] = id
    this.#frame[STATUS_CODE] = statusCode
    this.#addon.routeDone(json)
  }

  #put(slot: number, name: Name): void {
    if (name.token >= 0) {
      this.#frame[slot] = name.token
    } else {
      this.#addon.scratch(slot, withoutNul(name.text))
      this.#frame[slot] = -1 - slot
    }
  }
}

/** The backend for runtimes that can't share the semaphores' memory: each look at them is a call. */
export class UsdtBackendByCall extends UsdtBackend {
  readonly #enabled: () => number

  constructor(addon: NativeAddon) {
    super({ ...addon, semaphores: new ArrayBuffer(PROBE_NAMES.length * Uint16Array.BYTES_PER_ELEMENT) })
    this.#enabled = addon.enabled
  }

  override enabled(): number {
    return this.#enabled()
  }
}
