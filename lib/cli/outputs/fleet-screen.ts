import { type FleetView, fleetLines, fleetTable } from '../render/fleet'
import { FLEET_SORTS, type Fleet, type FleetSort } from '../sources/prometheus/fleet'
import type { FleetQuery } from '../sources/prometheus/fleet-query'
import type { Interruption } from '../terminal/interruption'
import type { Key } from '../terminal/key-decoder'
import { print } from '../terminal/output'
import { Screen } from '../terminal/screen'
import type { Style } from '../terminal/style'
import { Takeover } from '../terminal/takeover'
import type { FleetChoice, FleetOutput } from './fleet'

/** The whole terminal, with keys. */
export class FleetScreen implements FleetOutput {
  readonly #wanted: FleetQuery
  readonly #interruption: Interruption
  readonly #style: Style
  readonly #screen: Screen
  #fleet: Fleet | undefined
  #sort: FleetSort
  #paused = false
  #note: string | undefined
  #takeover: Takeover | undefined

  constructor(
    { wanted, sort }: FleetChoice,
    { interruption, style }: { interruption: Interruption; style: Style }
  ) {
    this.#wanted = wanted
    this.#sort = sort
    this.#interruption = interruption
    this.#style = style
    this.#screen = new Screen(process.stdout, () => this.#draw())
  }

  open(): void {
    this.#takeover = new Takeover(this.#screen, {
      pressed: (keys) => this.#pressed(keys),
      closed: () => this.#interruption.end(),
      redraw: () => this.#draw()
    })
  }

  show(fleet: Fleet): void {
    if (this.#paused) return
    this.#fleet = fleet
    this.#note = undefined
    this.#draw()
  }

  note(text: string): void {
    this.#note = text
    this.#draw()
  }

  close(): void {
    this.#takeover?.end()
    this.#takeover = undefined
    const fleet = this.#fleet
    this.#fleet = undefined
    if (fleet === undefined) return
    for (const line of fleetTable({ wanted: this.#wanted, sort: this.#sort, fleet }, this.#style)) print(line)
  }

  #pressed(keys: readonly Key[]): void {
    for (const { name } of keys) {
      const sort = Object.entries(FLEET_SORTS).find(([, { key }]) => key === name)?.[0]
      if (name === 'q' || name === 'ctrl-c' || name === 'ctrl-d') this.#interruption.end()
      else if (name === 'p' || name === ' ') this.#paused = !this.#paused
      else if (name === 'left' || name === 'right')
        this.#sort = nextSort(this.#sort, name === 'left' ? -1 : 1)
      else if (sort !== undefined) this.#sort = sort as FleetSort
    }
    this.#draw()
  }

  #draw(): void {
    if (this.#fleet === undefined) return
    const view: FleetView = {
      wanted: this.#wanted,
      sort: this.#sort,
      fleet: this.#fleet,
      paused: this.#paused,
      note: this.#note
    }
    this.#screen.draw(fleetLines(view, this.#screen.width, this.#screen.height, this.#style))
  }
}

function nextSort(sort: FleetSort, step: 1 | -1): FleetSort {
  const sorts = Object.keys(FLEET_SORTS) as FleetSort[]
  return sorts[(sorts.indexOf(sort) + step + sorts.length) % sorts.length] as FleetSort
}
