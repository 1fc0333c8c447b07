/** The options that Prometheus's and OpenTelemetry's metrics have in common. */
export interface MetricsOptions {
  /**
   * Whether there are series of handlers, which are most of all series: `true`, unless `false` is given, or a time for
   * which there are from now on, such as `'10m'`. It can be changed later. Handlers are counted in any case, so that
   * their figures are those since the start.
   */
  handlers?: boolean | string
  /** Whether there are metrics of the event loop's delay and utilization: `true`, unless `false` is given. */
  eventLoop?: boolean
  /**
   * The number of routes, each with its method, that have series of their own, and of handlers of all routes:
   * 500 and 2000 unless given. The rest are added up in one series each, and `restify_metrics_overflow_total`
   * tells how many they are.
   */
  limits?: { routes?: number; handlers?: number }
}
