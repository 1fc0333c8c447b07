/** Fields of OTLP that are gone through: those of messages, by number, and the one of a time. */
const RESOURCE_METRICS = 1
const SCOPE_METRICS = 2
const METRICS = 2
const NAME = 1
/** Gauges, sums, histograms, exponential histograms and summaries. */
const DATA = [5, 7, 9, 10, 11]
const POINTS = 1
const START = 2

type Field = [number: number, value: Buffer]

/** The times since which the points of each metric are counted, in milliseconds since 1970. */
export function startsIn(request: Buffer): Map<string, number[]> {
  const starts = new Map<string, number[]>()
  for (const resource of all(request, RESOURCE_METRICS))
    for (const scope of all(resource, SCOPE_METRICS))
      for (const metric of all(scope, METRICS)) {
        const [name = ''] = all(metric, NAME).map(String)
        const points = DATA.flatMap((field) => all(metric, field)).flatMap((data) => all(data, POINTS))
        const times = points
          .flatMap((point) => all(point, START))
          .map((time) => Number(time.readBigUInt64LE() / 1_000_000n))
        starts.set(name, [...(starts.get(name) ?? []), ...times])
      }
  return starts
}

function all(message: Buffer, wanted: number): Buffer[] {
  return fieldsOf(message)
    .filter(([number]) => number === wanted)
    .map(([, value]) => value)
}

/** The fields of a protobuf message, without the values of numbers of variable length. */
function fieldsOf(message: Buffer): Field[] {
  const fields: Field[] = []
  let at = 0
  const varint = () => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++] as number
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
  }
  while (at < message.length) {
    const key = varint()
    const type = key & 7
    if (type === 0) {
      varint()
      continue
    }
    const length = type === 2 ? varint() : type === 1 ? 8 : 4
    fields.push([key >> 3, message.subarray(at, at + length)])
    at += length
  }
  return fields
}
