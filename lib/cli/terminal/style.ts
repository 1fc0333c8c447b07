import util from 'node:util'
import type { Printable } from '../printable'

export type Paint = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | 'inverse' | 'underline'

/** Colours a text, or leaves it as it is. */
export type Style = (paint: Paint, text: Printable) => Printable

export const unstyled: Style = (_paint, text) => text

// Node has it since 20.12; before that there is no colour.
const { styleText } = util as Partial<typeof util>

const coloured: Style = (paint, text) =>
  // Whether the stream takes colours was asked before.
  (styleText as StyleText | undefined)?.(paint, text, { validateStream: false }) ?? text

type StyleText = (paint: Paint, text: Printable, options: { validateStream: boolean }) => Printable

/** Colour on terminals, unless NO_COLOR, TERM or --no-color forbids it. */
export function styleFor(stream: NodeJS.WriteStream, wanted: boolean): Style {
  const noColor = process.env.NO_COLOR !== undefined && process.env.NO_COLOR !== ''
  return wanted && !noColor && stream.isTTY && stream.hasColors() ? coloured : unstyled
}
