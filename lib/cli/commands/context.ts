import type { Source } from '../sources/source'
import type { Interruption } from '../terminal/interruption'
import { say } from '../terminal/output'
import { type Style, styleFor } from '../terminal/style'

/** The means that every command has at hand. */
export interface Context {
  interruption: Interruption
  /** The words that started it, for the sudo line. */
  commandLine: readonly string[]
  style: Style
}

export function contextFor(
  interruption: Interruption,
  commandLine: readonly string[],
  color: boolean
): Context {
  return { interruption, commandLine, style: styleFor(process.stdout, color) }
}

export function sayLost(source: Source): void {
  const incomplete = source.incomplete()
  if (incomplete !== undefined) say(incomplete)
  if (source.lost() > 0) say(source.describeLost(source.lost()))
}
