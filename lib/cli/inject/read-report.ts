import type { AppReport, InjectionReport, ServerReport } from '../../inject/report'

/** The most items that are taken of a list in a process's report. */
const MAX_ITEMS = 50
const MAX_TEXT = 300

const FRAMEWORKS = ['express', 'connect', 'router'] as const
const MIDDLEWARE = ['injected', 'its own', 'none'] as const

/**
 * Reads a process's report of what was done in it, which may be anything: the result is bounded,
 * and has the form that it should have.
 */
export function readInjectionReport(told: unknown): InjectionReport {
  const { servers, attach, closesInspector } = objectOf(told)
  const { socket, message } = objectOf(attach)
  return {
    servers: listOf(servers).map(readServer),
    attach: { ...(typeof socket === 'string' ? { socket: textOf(socket) } : {}), message: textOf(message) },
    closesInspector: closesInspector === true
  }
}

export function readServer(told: unknown): ServerReport {
  const { address, apps, waiting, listener } = objectOf(told)
  return {
    address: textOf(address),
    apps: listOf(apps).map(readApp),
    waiting: waiting === true,
    listener: textOf(listener)
  }
}

function readApp(told: unknown): AppReport {
  const { framework, middleware } = objectOf(told)
  return {
    framework: FRAMEWORKS.find((each) => each === framework) ?? 'express',
    middleware: MIDDLEWARE.find((each) => each === middleware) ?? 'none'
  }
}

function objectOf(told: unknown): Record<string, unknown> {
  return typeof told === 'object' && told !== null ? (told as Record<string, unknown>) : {}
}

function listOf(told: unknown): unknown[] {
  return Array.isArray(told) ? told.slice(0, MAX_ITEMS) : []
}

function textOf(told: unknown): string {
  return typeof told === 'string' ? told.slice(0, MAX_TEXT) : ''
}
