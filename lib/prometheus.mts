export type { Metrics, MetricsHandler, Options, Registry } from './prometheus.js'
export { metrics, register } from './prometheus.js'
