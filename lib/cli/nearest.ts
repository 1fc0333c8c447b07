/** The name that was most likely meant; undefined if none is close. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const [best] = names
    .map((name) => ({ name, changes: isStart(word, name) ? 1 : changesBetween(word, name) }))
    .filter(({ changes }) => changes <= Math.max(1, Math.floor(word.length / 3)))
    .sort((a, b) => a.changes - b.changes)
  return best?.name
}

export function didYouMean(word: string, names: readonly string[], prefix = ''): string {
  const name = nearest(word, names)
  return name === undefined ? '' : `. Did you mean ${prefix}${name}?`
}

function isStart(word: string, name: string): boolean {
  return word.length >= 3 && name.startsWith(word)
}

/** Optimal string alignment: a letter added, left out or replaced, or two neighbours swapped, is one change. */
function changesBetween(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row[j] = Math.min(
        at(rows, i - 1, j) + 1,
        (row[j - 1] as number) + 1,
        at(rows, i - 1, j - 1) + (same ? 0 : 1),
        swapped ? at(rows, i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY
      )
    }
    rows.push(row)
  }
  return at(rows, a.length, b.length)
}

function at(rows: number[][], i: number, j: number): number {
  return rows[i]?.[j] as number
}
