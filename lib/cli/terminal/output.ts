import { joined, line, type Printable, printable } from '../printable'

/** The only place where the command writes text, apart from the screen: what is hostile has been made printable by then. */

/** A line, or several, for whoever asked. */
export function print(text: Printable): void {
  if (process.stdout.writable) process.stdout.write(`${text}\n`)
}

/** An object of --json, in a line. */
export function printJson(value: Record<string, unknown>): void {
  print(printable(JSON.stringify(value)))
}

/** A line of an app that the command started, as the app itself would have written it to this terminal. */
export function passOn(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** A line that is written over, on terminals only. */
export class Progress {
  readonly #stream = process.stderr
  #shown = false

  show(text: Printable): void {
    if (!this.#stream.isTTY) return
    this.#stream.write(`\r${text}\x1b[K`)
    this.#shown = true
  }

  end(): void {
    if (this.#shown) this.#stream.write('\r\x1b[K')
    this.#shown = false
  }
}

/** The most sentences that wait. */
const MAX_WAITING = 100

/** Sentences that wait for the end of a screen, on which they would be painted over. */
let waiting: Printable[] | undefined

/** From now on, sentences wait, unless they go somewhere else than to the terminal. */
export function holdSentences(): void {
  if (process.stderr.isTTY) waiting ??= []
}

/** Writes the sentences that have waited. From now on, none waits. */
export function releaseSentences(): void {
  const held = waiting ?? []
  waiting = undefined
  for (const sentence of held) writeSentence(sentence)
}

function writeSentence(sentence: Printable): void {
  if (process.stderr.writable) process.stderr.write(`${sentence}\n`)
}

/** A sentence for people; never mixed into what a program reads. Names in it are made printable here. */
export function say(sentence: string): void {
  sayLines([sentence])
}

/** The same for a sentence that is printable already. */
export function sayPrintable(sentence: Printable): void {
  sayLines([sentence])
}

/** A sentence, and below it lines of advice. */
export function sayLines([sentence = '', ...advice]: readonly string[]): void {
  const lines = [line`restify-probes: ${printable(sentence)}`, ...advice.map(printable)]
  const text = joined(lines, '\n')
  if (waiting === undefined) writeSentence(text)
  else if (waiting.length < MAX_WAITING) waiting.push(text)
}
