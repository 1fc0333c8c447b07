import { DIST, require, restifyProbes } from '../support/probes.mjs'

/**
 * Ways to have metrics of an app. Each is given Express's loader and what builds the app, of which it gives the middlewares
 * that come first; `routes` tells the series that it has by then: method, route, status and how many requests.
 */
export const KINDS = {
  bare: {
    title: 'bare Express',
    begin: () => ({ first: [], routes: () => [], scrape: async () => 0 })
  },
  ours: { title: 'restify-probes/prometheus, with handlers', begin: () => ours({}) },
  oursWithout: {
    title: 'restify-probes/prometheus, series of handlers off',
    begin: () => ours({ handlers: false })
  },
  oursBoth: {
    title: 'restify-probes/opentelemetry, with handlers',
    begin() {
      const { metricProducer } = require(`${DIST}opentelemetry.js`)
      const producer = metricProducer()
      return { ...telemetry([producer], 'restify-probes'), first: [restifyProbes()()] }
    }
  },
  bundle: { title: 'express-prom-bundle, method and path', begin: bundle },
  openTelemetry: {
    title: 'OpenTelemetry http and express, metrics only',
    begin: () => ({ ...telemetry([], '@opentelemetry/instrumentation-http'), first: [] })
  }
}

function ours(options) {
  const { metrics } = require(`${DIST}prometheus.js`)
  const handler = metrics(options)
  return {
    first: [restifyProbes()()],
    handler,
    path: '/metrics',
    routes: (text) =>
      fromText(text, 'http_server_request_duration_seconds_count', [
        'http_request_method',
        'http_route',
        'http_response_status_code'
      ])
  }
}

function bundle() {
  const middleware = require('express-prom-bundle')({ includeMethod: true, includePath: true })
  return {
    first: [middleware],
    path: '/metrics',
    routes: (text) => fromText(text, 'http_request_duration_seconds_count', ['method', 'path', 'status_code'])
  }
}

/** Must be called before http and Express are loaded. */
function telemetry(metricProducers, scopeName) {
  const { context } = require('@opentelemetry/api')
  const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks')
  const { MeterProvider, MetricReader } = require('@opentelemetry/sdk-metrics')
  class Reader extends MetricReader {
    async onForceFlush() {}
    async onShutdown() {}
  }
  const reader = new Reader({ metricProducers })
  const meterProvider = new MeterProvider({ readers: [reader] })
  if (metricProducers.length === 0) {
    const { registerInstrumentations } = require('@opentelemetry/instrumentation')
    const { ExpressInstrumentation } = require('@opentelemetry/instrumentation-express')
    const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http')
    process.env.OTEL_SEMCONV_STABILITY_OPT_IN = 'http'
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    registerInstrumentations({
      meterProvider,
      instrumentations: [new HttpInstrumentation(), new ExpressInstrumentation()]
    })
  }
  const collect = async () => {
    const { resourceMetrics } = await reader.collect()
    const scope = resourceMetrics.scopeMetrics.find(({ scope: { name } }) => name === scopeName)
    const metric = scope?.metrics.find(({ descriptor: { name } }) => name === 'http.server.request.duration')
    return (metric?.dataPoints ?? []).map(({ attributes, value }) => [
      attributes['http.request.method'],
      attributes['http.route'] ?? '',
      String(attributes['http.response.status_code'] ?? ''),
      value.count
    ])
  }
  return { collect }
}

/** The series of a metric in Prometheus's text format. */
function fromText(text, name, labels) {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`))
    .map((line) => {
      const value = (label) => new RegExp(`[{,]${label}="((?:[^"\\\\]|\\\\.)*)"`).exec(line)?.[1] ?? ''
      return [...labels.map(value), Number(line.slice(line.lastIndexOf(' ') + 1))]
    })
}
