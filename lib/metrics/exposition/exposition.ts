import type { Snapshot } from '../snapshot'
import type { Format } from './accept'
import { PROTOBUF_TYPE, toProtobuf } from './protobuf'
import { OPENMETRICS_TYPE, TEXT_TYPE, toOpenMetrics, toText } from './text'

/** The answer to a scraper. */
export interface Exposition {
  readonly contentType: string
  readonly body: Buffer
}

/** Metrics in the format that {@link formatFor} has found for a scraper. */
export function expose(snapshot: Snapshot, format: Format): Exposition {
  switch (format) {
    case 'protobuf':
      return { contentType: PROTOBUF_TYPE, body: toProtobuf(snapshot) }
    case 'openmetrics':
      return { contentType: OPENMETRICS_TYPE, body: Buffer.from(toOpenMetrics(snapshot)) }
    case 'text':
      return { contentType: TEXT_TYPE, body: Buffer.from(toText(snapshot)) }
  }
}
