import path from 'node:path'
import { joined, line, type Printable, printable } from '../printable'
import { type Carrier, traceableAddons } from '../processes/carriers'
import { age } from './duration'
import { describeCommand, fit, trimmed, widest } from './text'

export interface ListedCarrier extends Carrier {
  /** Whether a tracer listens to a probe; undefined if that can't be seen. */
  isTraced: boolean | undefined
  /** The number of commands that listen through its sockets. */
  listeners: number
  /** Whether it was asked through its socket and did not answer. */
  isSilent: boolean
  ports: readonly number[]
  cwd: string | undefined
}

/** Tells how a process can be listened to: by its sockets, by the kernel, by both, or by neither. */
export function waysOf(carrier: Pick<Carrier, 'sockets' | 'addons'>): ('process' | 'kernel')[] {
  return [
    ...(carrier.sockets.length > 0 ? (['process'] as const) : []),
    ...(traceableAddons(carrier).length > 0 ? (['kernel'] as const) : [])
  ]
}

const GAP = '  '

/** A column; `most` is how wide it gets, and one without shares what the others leave. */
interface Column {
  heading: string
  most?: number
  cell(carrier: ListedCarrier, isWhole: boolean): Printable
}

const COLUMNS: readonly Column[] = [
  { heading: 'PID', most: 10, cell: ({ pid }) => line`${pid}` },
  { heading: 'USER', most: 8, cell: ({ user }) => printable(user.name) },
  { heading: 'UPTIME', most: 8, cell: ({ uptimeSeconds }) => age(uptimeSeconds) },
  { heading: 'PORT', most: 11, cell: ({ ports }) => printable(ports.join(',')) },
  { heading: 'VIA', most: 7, cell: (carrier) => viaText(carrier) },
  { heading: 'ATTACHED', most: 18, cell: (carrier) => attachedText(carrier) },
  { heading: 'CWD', cell: ({ cwd }) => printable(cwd ?? '?') },
  // A narrow terminal has no room for the folder of a program.
  {
    heading: 'COMMAND',
    cell: ({ command: [program = '', ...words] }, isWhole) =>
      describeCommand([isWhole ? program : path.basename(program), ...words].filter((word) => word !== ''))
  }
]

/** A column for processes whose addon is not as it should be, and for where there is room for everything. */
const ADDON: Column = {
  heading: 'ADDON',
  cell: ({ addons }) =>
    joined(
      addons.map(({ path, deleted, refusal }) =>
        printable(path + (deleted ? ' (deleted)' : '') + (refusal === undefined ? '' : ` (${refusal})`))
      ),
      ', '
    )
}

/** The heading and a line for each process, no wider than told. Without a width, the lines are whole. */
export function listLines(
  carriers: readonly ListedCarrier[],
  width: number = Number.POSITIVE_INFINITY
): Printable[] {
  const odd = carriers.some(({ addons }) =>
    addons.some(({ deleted, refusal }) => deleted || refusal !== undefined)
  )
  const isWhole = width === Number.POSITIVE_INFINITY
  const columns = odd || isWhole ? [...COLUMNS, ADDON] : COLUMNS
  const rows = [
    columns.map(({ heading }) => printable(heading)),
    ...carriers.map((carrier) => columns.map(({ cell }) => cell(carrier, isWhole)))
  ]
  const longest = columns.map((_, column) => widest(rows.map((row) => row[column] ?? '')))
  const widths = fitting(columns, longest, width)
  return rows.map((row) =>
    trimmed(
      joined(
        row.map((cell, column) => fit(cell, widths[column] ?? 0)),
        GAP
      )
    )
  )
}

/** Columns that may be cut share what is left, each as much as it needs or an equal part. */
function fitting(columns: readonly Column[], longest: readonly number[], width: number): number[] {
  if (width === Number.POSITIVE_INFINITY) return [...longest]
  const widths = columns.map(({ most = 0 }, column) => Math.min(most, longest[column] as number))
  const shared = columns.flatMap(({ most }, column) => (most === undefined ? [column] : []))
  let room = width - GAP.length * (columns.length - 1) - widths.reduce((sum, each) => sum + each, 0)
  // The shortest first, so that what they leave goes to the others.
  shared.sort((a, b) => (longest[a] as number) - (longest[b] as number))
  for (const [index, column] of shared.entries()) {
    const part = Math.max(1, Math.floor(room / (shared.length - index)))
    widths[column] = Math.min(longest[column] as number, part)
    room -= widths[column] as number
  }
  return widths
}

function viaText(carrier: ListedCarrier): Printable {
  const ways = waysOf(carrier)
  return printable(ways.length === 2 ? 'both' : (ways[0] ?? '-'))
}

function attachedText({ isTraced, listeners, isSilent, addons }: ListedCarrier): Printable {
  if (isSilent) return printable('does not answer')
  const parts = [
    ...(isTraced ? ['kernel'] : []),
    ...(listeners > 0 ? [`${listeners} command${listeners === 1 ? '' : 's'}`] : [])
  ]
  if (parts.length > 0) return printable(parts.join(', '))
  return printable(isTraced === undefined && addons.length > 0 ? 'unknown' : 'no')
}
