import { outOfContext } from '../out-of-context'
import type { NameTable } from '../provider/names'
import { milliseconds } from '../trace/clock'
import { Location } from '../trace/location'
import type { Handler } from './layer'
import { InspectorView, type LoadedScript } from './own-inspector'
import { describePlace, SourceMaps } from './source-position'
import { wrappedBy } from './wrapped'

/** The longest time, in milliseconds, that the app waits for one slice of the work. */
const SLICE = 4

// Apps that make functions for each request have no end of them. So the work has
// an allowance, in milliseconds, that grows by a small part of the time.
const MAX_ALLOWANCE = 1000
const SHARE = 0.01

/** The most functions that wait to be positioned, and the most that wait to be named. */
const MAX_WAITING = 20_000
const MAX_POSITIONED = 5000

/** A function whose location is to be found. */
class Unlocated {
  constructor(
    readonly fn: Handler,
    readonly location: Location
  ) {}
}

/** A function of which V8 has told the script and the position, counted from 0, in it. */
class Positioned {
  constructor(
    readonly location: Location,
    readonly scriptId: string,
    readonly line: number,
    readonly column: number
  ) {}
}

/**
 * Knows where functions were written. It finds out by V8's inspector, once for each function, between requests: many
 * at a time, but in slices of a few milliseconds.
 */
export class Locations {
  /** The location of functions that have none: of ours and of routers. */
  readonly none: Location
  readonly #names: NameTable
  readonly #known = new WeakMap<Handler, Location>()
  readonly #scripts = new Map<string, LoadedScript | undefined>()
  #waiting: Unlocated[] = []
  #positioned: Positioned[] = []
  #scheduled = false
  #allowance = MAX_ALLOWANCE
  #allowanceAt = milliseconds()
  #works = true

  constructor(names: NameTable) {
    this.#names = names
    this.none = new Location(names.of(''))
  }

  /** The location of a function, whose name is empty until it is found. */
  of(fn: Handler): Location {
    const known = this.#known.get(fn)
    if (known !== undefined) return known
    if (!this.#works || this.#waiting.length >= MAX_WAITING) return this.none
    const location = new Location(this.none.name)
    this.#known.set(fn, location)
    this.#waiting.push(new Unlocated(fn, location))
    this.#schedule()
    return location
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    const wait = this.#refill() > 0 ? 0 : -this.#allowance / SHARE
    outOfContext(() => {
      if (wait === 0) setImmediate(() => this.#work()).unref()
      else setTimeout(() => this.#work(), wait).unref()
    })
  }

  #refill(): number {
    const now = milliseconds()
    this.#allowance = Math.min(MAX_ALLOWANCE, this.#allowance + (now - this.#allowanceAt) * SHARE)
    this.#allowanceAt = now
    return this.#allowance
  }

  #work(): void {
    this.#scheduled = false
    const start = milliseconds()
    let view: InspectorView | undefined
    try {
      view = new InspectorView()
      if (this.#waiting.length > 0 && this.#positioned.length < MAX_POSITIONED)
        this.#position(view, start + SLICE)
      else this.#name(view)
    } catch {
      // There is no inspector: all locations stay empty.
      this.#works = false
      this.#waiting = []
      this.#positioned = []
    } finally {
      view?.close()
    }
    this.#allowance -= milliseconds() - start
    if (this.#waiting.length > 0 || this.#positioned.length > 0) this.#schedule()
  }

  /** Asks for the positions of some functions; the scripts follow at the end, for all at once. */
  #position(view: InspectorView, until: number): void {
    do {
      const { fn, location } = this.#waiting.pop() as Unlocated
      const position = view.positionOf(wrappedBy(fn, view))
      if (position === undefined) continue
      const { scriptId, lineNumber, columnNumber } = position
      this.#positioned.push(new Positioned(location, scriptId, lineNumber, columnNumber))
    } while (this.#waiting.length > 0 && milliseconds() < until)
  }

  #name(view: InspectorView): void {
    if (this.#positioned.some(({ scriptId }) => !this.#scripts.has(scriptId))) {
      const scripts = view.scripts()
      for (const { scriptId } of this.#positioned) this.#scripts.set(scriptId, scripts.get(scriptId))
    }
    const maps = new SourceMaps()
    for (const { location, scriptId, line, column } of this.#positioned) {
      const script = this.#scripts.get(scriptId)
      if (script !== undefined) location.name = this.#names.of(describePlace(script, line, column, maps))
    }
    this.#positioned = []
  }
}
