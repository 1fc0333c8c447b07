export type Format = 'text' | 'openmetrics' | 'protobuf'

/** The formats by the names that a scraper may have in its Accept header, without spaces. */
const NAMES: ReadonlyMap<string | undefined, Format> = new Map([
  ['text/plain', 'text'],
  ['text/*', 'text'],
  ['*/*', 'text'],
  ['application/openmetrics-text', 'openmetrics'],
  ['application/vnd.google.protobuf', 'protobuf']
])

/** The ranks of formats. One that tells more goes before another that a scraper likes equally well. */
const RANK: Record<Format, number> = { text: 0, openmetrics: 1, protobuf: 2 }

/** The format that a scraper likes best, by its Accept header; text for whoever asks for none of ours. */
export function formatFor(accept: string | undefined): Format {
  let best: Format = 'text'
  let bestWeight = 0
  for (const wanted of (accept ?? '').split(',')) {
    const [name, ...parameters] = wanted.split(';').map((part) => part.trim().toLowerCase())
    const format = NAMES.get(name)
    if (format === undefined || !isKnown(format, parameters)) continue
    const weight = weightOf(parameters)
    if (weight > bestWeight || (weight === bestWeight && weight > 0 && RANK[format] > RANK[best])) {
      best = format
      bestWeight = weight
    }
  }
  return best
}

function isKnown(format: Format, parameters: readonly string[]): boolean {
  if (format !== 'protobuf') return true
  return ['proto=io.prometheus.client.metricfamily', 'encoding=delimited'].every((parameter) =>
    parameters.includes(parameter)
  )
}

/** Whether a client takes an answer that is compressed by gzip, by its Accept-Encoding header. */
export function takesGzip(acceptEncoding: string | string[] | undefined): boolean {
  return String(acceptEncoding ?? '')
    .split(',')
    .some((encoding) => {
      const [name, ...parameters] = encoding.split(';').map((part) => part.trim().toLowerCase())
      return name === 'gzip' && weightOf(parameters) > 0
    })
}

/** The weight of a format or an encoding, from 0, not wanted, to 1. */
function weightOf(parameters: readonly string[]): number {
  const given = parameters.find((parameter) => parameter.startsWith('q='))
  if (given === undefined) return 1
  const weight = Number(given.slice(2))
  return weight >= 0 && weight <= 1 ? weight : 0
}
