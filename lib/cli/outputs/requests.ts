import { MILLISECONDS } from '../../figures/grid'
import { Groups } from '../../figures/groups'
import type { FinishedRequest } from '../../figures/request'
import type { Arguments } from '../arguments'
import { line, printable } from '../printable'
import { CALLS_LEGEND } from '../render/calls'
import { groupsTable } from '../render/groups'
import { groupJson, requestJson } from '../render/json'
import type { Names } from '../render/names'
import { LEGEND, RequestColumns, waterfall } from '../render/request'
import { type Grouping, groupingsIn, groupingTitle, valueIn } from '../sources/grouping'
import { print, printJson } from '../terminal/output'
import type { Style } from '../terminal/style'
import { chosen, type Output } from './output'

/** The columns of bars where the output is no terminal. */
const WIDTH = 100

/** Requests one by one, as `trace` shows them. */
export interface RequestsOutput extends Output<FinishedRequest> {
  /** @param lost - how many requests were not seen */
  end(lost: number): void
}

export interface RequestsShown extends Pick<Arguments, 'headers' | 'query'> {
  json: boolean
  handlers: boolean
  outgoing?: boolean
  names: Names
}

export function requestsOutput(asked: RequestsShown, style: Style): RequestsOutput {
  return chosen<RequestsOutput>(asked, {
    text: () => new RequestLines(asked, style),
    json: () => new RequestsJson(asked)
  })
}

/** Requests by the values of what was asked for by its name only. */
class ByValue {
  readonly groupings: readonly (Grouping & { groups: Groups })[]

  constructor(asked: RequestsShown) {
    this.groupings = groupingsIn(asked).map((grouping) => ({ ...grouping, groups: new Groups(MILLISECONDS) }))
  }

  add(request: FinishedRequest): void {
    for (const { groups, ...grouping } of this.groupings)
      groups.add(valueIn(request, grouping), request.durationNs, request.status)
  }
}

/** A line for each request and, if they are asked for, its handlers as bars below it. */
class RequestLines implements RequestsOutput {
  readonly #asked: RequestsShown
  readonly #style: Style
  readonly #byValue: ByValue
  readonly #pids = new Set<number>()
  #columns: RequestColumns | undefined
  #width = 0

  constructor(asked: RequestsShown, style: Style) {
    this.#asked = asked
    this.#style = style
    this.#byValue = new ByValue(asked)
  }

  show(request: FinishedRequest): void {
    this.#byValue.add(request)
    print(this.#columnsFor(request).line(request))
    if (!this.#asked.handlers) return
    for (const bar of waterfall(request, process.stdout.columns || WIDTH, this.#style)) print(bar)
  }

  end(): void {
    const width = process.stdout.isTTY ? process.stdout.columns : undefined
    for (const { groups, ...grouping } of this.#byValue.groupings) {
      if (groups.values.size === 0) continue
      print(line``)
      for (const each of groupsTable(groupingTitle(grouping), groups, { width, style: this.#style }))
        print(each)
    }
  }

  /**
   * Gives the columns, with new headings where the terminal has another width, or a second process has
   * come.
   */
  #columnsFor({ pid }: FinishedRequest): RequestColumns {
    const width = process.stdout.isTTY ? process.stdout.columns : 0
    const isFirst = this.#columns === undefined
    const isNew = !this.#pids.has(pid) && this.#pids.size < 2
    if (isNew) this.#pids.add(pid)
    if (this.#columns !== undefined && width === this.#width && !isNew) return this.#columns
    this.#width = width
    this.#columns = new RequestColumns(
      {
        names: this.#asked.names,
        width: width || undefined,
        pid: this.#pids.size > 1,
        values: this.#byValue.groupings.map((grouping) => ({
          heading: groupingTitle(grouping),
          of: (request) => printable(valueIn(request, grouping))
        }))
      },
      this.#style
    )
    if (isFirst && this.#asked.handlers) print(this.#style('dim', LEGEND))
    if (isFirst && this.#asked.outgoing) print(this.#style('dim', CALLS_LEGEND))
    print(this.#columns.heading())
    return this.#columns
  }
}

class RequestsJson implements RequestsOutput {
  readonly #handlers: boolean
  readonly #byValue: ByValue

  constructor(asked: RequestsShown) {
    this.#handlers = asked.handlers
    this.#byValue = new ByValue(asked)
  }

  show(request: FinishedRequest): void {
    this.#byValue.add(request)
    printJson(requestJson(request, this.#handlers))
  }

  end(lost: number): void {
    for (const { groups, kind, name } of this.#byValue.groupings)
      for (const [value, group] of groups.sorted()) printJson(groupJson({ kind, name, value }, group))
    printJson({ type: 'lost', count: lost })
  }
}
