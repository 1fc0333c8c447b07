/**
 * The metrics that this package gives, each written down once: for Prometheus, for OpenTelemetry, for
 * the app and the command.
 */
export interface Family {
  /** Prometheus's name of the metric; a counter's has `_total` at its end. */
  readonly name: string
  readonly help: string
  readonly type: 'histogram' | 'summary' | 'counter' | 'gauge'
  /**
   * The unit, which OpenMetrics wants as the last word of the name, before `_total`; empty for what
   * has none.
   */
  readonly unit: 'seconds' | 'ratio' | ''
  /** The labels by which its series are told apart. */
  readonly labels: readonly string[]
  readonly openTelemetry: {
    readonly name: string
    readonly unit: string
    /** One for each label. */
    readonly attributes: readonly string[]
  }
}

/**
 * The duration of requests, by the semantic conventions for HTTP. A status that has no series of its
 * own is an empty label.
 */
export const REQUEST_DURATION: Family = {
  name: 'http_server_request_duration_seconds',
  help: 'Duration of HTTP server requests.',
  type: 'histogram',
  unit: 'seconds',
  labels: ['http_request_method', 'http_route', 'http_response_status_code'],
  openTelemetry: {
    name: 'http.server.request.duration',
    unit: 's',
    attributes: ['http.request.method', 'http.route', 'http.response.status_code']
  }
}

const OF_HANDLERS = ['http_request_method', 'http_route', 'handler', 'location']
/**
 * Attributes that no convention names have the labels' names, so that a query is the same whichever
 * way metrics came.
 */
const OF_HANDLERS_IN_OPENTELEMETRY = ['http.request.method', 'http.route', 'handler', 'location']

export const HANDLER_DURATION: Family = {
  name: 'restify_handler_duration_seconds',
  help: 'Duration of a handler, from its call until it passed control on or the response was done.',
  type: 'histogram',
  unit: 'seconds',
  labels: OF_HANDLERS,
  openTelemetry: {
    name: 'restify.handler.duration',
    unit: 's',
    attributes: OF_HANDLERS_IN_OPENTELEMETRY
  }
}

export const HANDLER_BUSY: Family = {
  name: 'restify_handler_busy_seconds',
  help: 'The part of its duration for which a handler held the event loop.',
  type: 'summary',
  unit: 'seconds',
  labels: OF_HANDLERS,
  openTelemetry: { name: 'restify.handler.busy', unit: 's', attributes: OF_HANDLERS_IN_OPENTELEMETRY }
}

/** Says that the bound of cardinality was met; zero as long as it was not. */
export const OVERFLOW: Family = {
  name: 'restify_metrics_overflow_total',
  help: 'Requests and runs of handlers that have no series of their own, since there is no room for more routes, status codes or handlers.',
  type: 'counter',
  unit: '',
  labels: ['bound'],
  openTelemetry: { name: 'restify.metrics.overflow', unit: '1', attributes: ['bound'] }
}

function eventLoopDelay(statistic: 'p50' | 'p99' | 'max', help: string): Family {
  return {
    name: `nodejs_eventloop_delay_${statistic}_seconds`,
    help: `${help} by which the event loop was late, between two scrapes.`,
    type: 'gauge',
    unit: 'seconds',
    labels: [],
    openTelemetry: { name: `nodejs.eventloop.delay.${statistic}`, unit: 's', attributes: [] }
  }
}

export const EVENT_LOOP_DELAY = {
  p50: eventLoopDelay('p50', 'The median time'),
  p99: eventLoopDelay('p99', 'The 99th percentile of times'),
  max: eventLoopDelay('max', 'The longest time')
} as const

export const EVENT_LOOP_UTILIZATION: Family = {
  name: 'nodejs_eventloop_utilization_ratio',
  help: 'The part of the time between two scrapes for which the event loop was at work, 0 to 1.',
  type: 'gauge',
  unit: 'ratio',
  labels: [],
  openTelemetry: { name: 'nodejs.eventloop.utilization', unit: '1', attributes: [] }
}

/** All families, in the order in which they are written. */
export const FAMILIES: readonly Family[] = [
  REQUEST_DURATION,
  HANDLER_DURATION,
  HANDLER_BUSY,
  ...Object.values(EVENT_LOOP_DELAY),
  EVENT_LOOP_UTILIZATION,
  OVERFLOW
]
