export type { Options, Producer } from './opentelemetry.js'
export { metricProducer } from './opentelemetry.js'
