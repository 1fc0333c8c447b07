import { EVENT_LOOP_DELAY, EVENT_LOOP_UTILIZATION, type Family } from '../../metrics/families'

/** The metrics that `export` gives beside those of requests and handlers. */

/** @param unit - as OpenTelemetry has it: receivers make it a part of the name, unless it is in braces */
function gauge(name: string, openTelemetry: string, help: string, unit = ''): Family {
  return {
    name,
    help,
    type: 'gauge',
    unit: '',
    labels: [],
    openTelemetry: { name: openTelemetry, unit, attributes: [] }
  }
}

export const PROCESSES = gauge(
  'restify_export_processes',
  'restify.export.processes',
  'The number of processes that are listened to.',
  '{process}'
)

export const UNREAD = gauge(
  'restify_export_unread_processes',
  'restify.export.unread_processes',
  'How many processes have the probes and are not counted: they offer no socket, and are not traced.',
  '{process}'
)

export const HANDLERS_EXPORTED = gauge(
  'restify_export_handlers',
  'restify.export.handlers',
  'Whether figures of handlers are given at this time, 0 or 1.'
)

export const ANSWERS = gauge(
  'restify_process_answers',
  'restify.process.answers',
  'Whether a process answers, 0 or 1. It does not while it is stopped, or its event loop is blocked.'
)

/** Processes tell of their event loops once a second, whenever somebody scrapes. */
function ofLastSecond(family: Family): Family {
  return { ...family, help: family.help.replace('of the time between two scrapes', 'of the last second') }
}

export const LOOP = {
  p50: ofLastSecond(EVENT_LOOP_DELAY.p50),
  p99: ofLastSecond(EVENT_LOOP_DELAY.p99),
  max: ofLastSecond(EVENT_LOOP_DELAY.max),
  utilization: ofLastSecond({
    ...EVENT_LOOP_UTILIZATION,
    help: EVENT_LOOP_UTILIZATION.help.replace('the time between two scrapes', 'the last second')
  })
} as const
