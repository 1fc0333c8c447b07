import { type Family, HANDLER_BUSY, HANDLER_DURATION, REQUEST_DURATION } from '../../../metrics/families'

/** The names under which a Prometheus has what apps expose, and what tells instances apart. */

export const REQUESTS = REQUEST_DURATION.name
export const HANDLERS = HANDLER_DURATION.name
export const BUSY = HANDLER_BUSY.name

export const [METHOD, ROUTE, STATUS] = REQUEST_DURATION.labels as [string, string, string]

/** A label's name where Prometheus scrapes apps, and where they send OTLP to it. */
export type LabelNames = readonly [scraped: string, sent: string]

const [, , handler, location] = HANDLER_DURATION.labels.map((_, index) => namesOf(HANDLER_DURATION, index))
export const HANDLER = handler as LabelNames
export const LOCATION = location as LabelNames

/** Prometheus itself gives `instance`, its configurations for Kubernetes `pod`, and an exporter of a whole host `pid`. */
export const INSTANCE_LABELS = ['instance', 'pod', 'pid'] as const

function namesOf({ labels, openTelemetry }: Family, index: number): LabelNames {
  return [labels[index] as string, (openTelemetry.attributes[index] as string).replaceAll('.', '_')]
}
