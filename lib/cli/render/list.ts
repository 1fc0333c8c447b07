import type { Carrier } from '../processes/carriers'
import { age } from './duration'
import { describeCommand, fit, printable } from './text'

export interface ListedCarrier extends Carrier {
  isTraced: boolean | undefined
}

const GAP = '  '
const HEADINGS = ['PID', 'UPTIME', 'ATTACHED', 'COMMAND', 'ADDON']

/** The heading and a line for each, no wider than told; without a width, whole. */
export function listLines(
  carriers: readonly ListedCarrier[],
  width: number = Number.POSITIVE_INFINITY
): string[] {
  const rows = [HEADINGS, ...carriers.map(cellsOf)]
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => lengthOf(row[column]))))
  const [pid = 0, uptime = 0, attached = 0, command = 0, addon = 0] = widths
  const room = Math.max(2, width - pid - uptime - attached - 4 * GAP.length)
  // Each has half of it, or what the other leaves.
  const commandWidth = Math.min(command, Math.max(Math.floor(room / 2), room - addon))
  const fitting = [pid, uptime, attached, commandWidth, Math.min(addon, room - commandWidth)]
  return rows.map((row) =>
    row
      .map((cell, column) => fit(cell, fitting[column] ?? 0))
      .join(GAP)
      .trimEnd()
  )
}

function cellsOf(carrier: ListedCarrier): string[] {
  return [
    String(carrier.pid),
    age(carrier.uptimeSeconds),
    attachedText(carrier.isTraced),
    describeCommand(carrier.command),
    carrier.addons.map(({ path, deleted }) => printable(path) + (deleted ? ' (deleted)' : '')).join(', ')
  ]
}

function attachedText(traced: boolean | undefined): string {
  return traced === undefined ? 'unknown' : traced ? 'yes' : 'no'
}

function lengthOf(text = ''): number {
  return [...text].length
}
