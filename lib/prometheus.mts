export type { Controls, MetricsHandler, Options, Registry } from './prometheus.js'
export { metrics, register } from './prometheus.js'
