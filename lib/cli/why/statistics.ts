/** A quantile of sorted values, the upper one where it lies between two of them; 0 if there are none. */
export function quantile(sorted: ArrayLike<number>, part: number): number {
  if (sorted.length === 0) return 0
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] as number
}

export function median(values: readonly number[]): number {
  return quantile(Float64Array.from(values).sort(), 0.5)
}

export function sum(values: Iterable<number>): number {
  let total = 0
  for (const value of values) total += value
  return total
}

const logFactorials = [0]

function logFactorial(n: number): number {
  for (let i = logFactorials.length; i <= n; i++)
    logFactorials.push((logFactorials[i - 1] as number) + Math.log(i))
  return logFactorials[n] as number
}

function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k)
}

/** The numbers of those who have something, and of those who have it not, in two groups. */
export interface FourFold {
  slowWith: number
  slowWithout: number
  quickWith: number
  quickWithout: number
}

/**
 * Fisher's exact test, one-sided: the probability that by chance at least so many of the slow ones have what
 * so many of all have.
 */
export function fisher({ slowWith, slowWithout, quickWith, quickWithout }: FourFold): number {
  const slow = slowWith + slowWithout
  const having = slowWith + quickWith
  const all = slow + quickWith + quickWithout
  const denominator = logChoose(all, slow)
  const most = Math.min(slow, having)
  let probability = 0
  for (let k = slowWith; k <= most; k++) {
    if (slow - k > all - having) continue
    const term = Math.exp(logChoose(having, k) + logChoose(all - having, slow - k) - denominator)
    probability += term
    if (term < probability * 1e-12) break
  }
  return Math.min(1, probability)
}

/**
 * The phi coefficient: 1 if having it and being slow always go together, 0 if one tells nothing of the other.
 */
export function phi({ slowWith: a, slowWithout: b, quickWith: c, quickWithout: d }: FourFold): number {
  const product = (a + b) * (c + d) * (a + c) * (b + d)
  return product === 0 ? 0 : (a * d - b * c) / Math.sqrt(product)
}

/**
 * The probability of at least so many successes in so many independent tries, each of which succeeds with
 * this probability.
 */
export function binomialTail(successes: number, tries: number, probability: number): number {
  if (probability >= 1 || successes <= 0) return 1
  if (probability <= 0) return 0
  let total = 0
  for (let k = successes; k <= tries; k++)
    total += Math.exp(
      logChoose(tries, k) + k * Math.log(probability) + (tries - k) * Math.log1p(-probability)
    )
  return Math.min(1, total)
}

/** Pearson's coefficient; 0 where either does not vary. */
export function correlation(xs: readonly number[], ys: readonly number[]): number {
  const meanX = sum(xs) / xs.length
  const meanY = sum(ys) / ys.length
  let xy = 0
  let xx = 0
  let yy = 0
  for (const [index, x] of xs.entries()) {
    const y = ys[index] as number
    xy += (x - meanX) * (y - meanY)
    xx += (x - meanX) ** 2
    yy += (y - meanY) ** 2
  }
  return xx === 0 || yy === 0 ? 0 : xy / Math.sqrt(xx * yy)
}
