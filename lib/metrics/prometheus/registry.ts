/** The part of prom-client's `Registry` that is used. */
export interface Registry {
  registerMetric(metric: object): void
  getSingleMetric(name: string): unknown
  removeSingleMetric(name: string): void
}
