import { joined, line, type Printable, printable } from '../printable'
import type { Carrier } from '../processes/carriers'
import { age } from './duration'
import { describeCommand, fit, lengthOf, trimmed } from './text'

export interface ListedCarrier extends Carrier {
  isTraced: boolean | undefined
}

const GAP = '  '
const MAX_USER = 16
const HEADINGS = ['PID', 'USER', 'UPTIME', 'ATTACHED', 'COMMAND', 'ADDON'].map(printable)

/** The heading and a line for each, no wider than told; without a width, whole. */
export function listLines(
  carriers: readonly ListedCarrier[],
  width: number = Number.POSITIVE_INFINITY
): Printable[] {
  const rows = [HEADINGS, ...carriers.map(cellsOf)]
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => lengthOf(row[column] ?? ''))))
  const [pid = 0, widest = 0, uptime = 0, attached = 0, command = 0, addon = 0] = widths
  const user = Math.min(widest, MAX_USER)
  const room = Math.max(2, width - pid - user - uptime - attached - 5 * GAP.length)
  // Each has half of it, or what the other leaves.
  const commandWidth = Math.min(command, Math.max(Math.floor(room / 2), room - addon))
  const fitting = [pid, user, uptime, attached, commandWidth, Math.min(addon, room - commandWidth)]
  return rows.map((row) =>
    trimmed(
      joined(
        row.map((cell, column) => fit(cell, fitting[column] ?? 0)),
        GAP
      )
    )
  )
}

function cellsOf(carrier: ListedCarrier): Printable[] {
  return [
    line`${carrier.pid}`,
    printable(carrier.user.name),
    age(carrier.uptimeSeconds),
    attachedText(carrier.isTraced),
    describeCommand(carrier.command),
    joined(
      carrier.addons.map(({ path, deleted, refusal }) =>
        printable(path + (deleted ? ' (deleted)' : '') + (refusal === undefined ? '' : ` (${refusal})`))
      ),
      ', '
    )
  ]
}

function attachedText(traced: boolean | undefined): Printable {
  return printable(traced === undefined ? 'unknown' : traced ? 'yes' : 'no')
}
