import { usageProblem } from '../../problem'

/** One condition on a label, and the comma or the end after it. Quotes are as in PromQL; a shell may have eaten them. */
const MATCHER =
  /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`\n]*`|[^\s"'`{},=~!]+)\s*(,|$)/y

/**
 * The conditions of --match, as they stand between the braces of a selector: `job="shop",namespace=~"a|b"`.
 *
 * @throws Problem for anything else
 */
export function readMatchers(text: string): string[] {
  const inner = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1] ?? text
  const matchers: string[] = []
  MATCHER.lastIndex = 0
  for (let more = true; more; ) {
    const [, label, operator, value, separator] = MATCHER.exec(inner) ?? []
    if (label === undefined || operator === undefined || value === undefined) throw refused(text)
    if (label === '__name__') throw usageProblem('--match takes conditions on labels, not on __name__', 'top')
    matchers.push(label + operator + (/^["'`]/.test(value) ? value : quoted(value)))
    more = separator === ',' && inner.slice(MATCHER.lastIndex).trim() !== ''
  }
  return matchers
}

/** A label's value as a string of PromQL. */
export function quoted(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`
}

function refused(text: string) {
  return usageProblem(
    `--match takes conditions on labels, such as: --match 'job="shop"', not: ${text}`,
    'top'
  )
}
