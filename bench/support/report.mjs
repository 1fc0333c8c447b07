/** Prints in Markdown, so that bench/README.md takes it as it is. */
export function heading(text) {
  console.log(`\n## ${text}\n`)
}

export function note(text) {
  console.log(`\n${text}`)
}

/** @param rows - arrays of cells; undefined is an empty one */
export function table(columns, rows) {
  const lines = [columns, ...rows].map((row) => columns.map((_, index) => String(row[index] ?? '')))
  const widths = columns.map((_, index) => Math.max(3, ...lines.map((line) => line[index].length)))
  const [header, ...body] = lines.map((line) => line.map((cell, index) => cell.padEnd(widths[index])))
  console.log(`| ${header.join(' | ')} |`)
  console.log(`|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`)
  for (const line of body) console.log(`| ${line.join(' | ')} |`)
}

/** A median with its quartiles. */
export function spread({ median, low, high }, digits = 2) {
  return `${median.toFixed(digits)} (${low.toFixed(digits)}..${high.toFixed(digits)})`
}

/** A target, and whether a figure keeps it. */
export function atMost(figure, target, unit = '') {
  return `≤ ${target}${unit}: ${figure <= target ? 'met' : 'missed'}`
}
