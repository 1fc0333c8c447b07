/** A median and the quartiles around it. */
export function summaryOf(values) {
  return { median: quantile(values, 0.5), low: quantile(values, 0.25), high: quantile(values, 0.75) }
}

export function median(values) {
  return quantile(values, 0.5)
}

/** Compares figures of the same rounds, round by round. */
export function byRound(combine, ...figures) {
  return summaryOf(figures[0].map((_, round) => combine(...figures.map((list) => list[round]))))
}

/**
 * Gives the figure that the use of the machine by others, which can only make it worse, has hardly touched.
 */
export function undisturbed(values) {
  return quantile(values, 0.1)
}

export function ratio(a, b) {
  return a / b
}

export function difference(a, b) {
  return a - b
}

function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b)
  const position = (sorted.length - 1) * part
  const below = sorted[Math.floor(position)]
  const above = sorted[Math.ceil(position)]
  return below + (above - below) * (position - Math.floor(position))
}
