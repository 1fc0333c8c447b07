import type http from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { type Answer, request, serving } from './http'
import { byRequest, type Firing, Recorder, summary } from './recorder'

type Sent = string | { path: string; method?: string; headers?: http.OutgoingHttpHeaders }

/** The answer to a request, and what was fired for it. */
export interface Traced {
  answer: Answer
  firings: Firing[]
  /** The firings as one short line each. */
  lines: string[]
}

/** Sends requests, one after another, to an app that is traced through the channels. */
export async function trace(listener: http.RequestListener, ...requests: Sent[]): Promise<Traced[]> {
  return serving(listener, async (server) => {
    const recorder = new Recorder()
    const traced: Traced[] = []
    try {
      for (const sent of requests) {
        const { path, ...options } = typeof sent === 'string' ? { path: sent } : sent
        const answer = await request(server, path, options)
        await recorder.requests(traced.length + 1)
        const firings = byRequest(recorder.firings)[traced.length] ?? []
        traced.push({ answer, firings, lines: summary(firings) })
      }
    } finally {
      recorder.stop()
    }
    return traced
  })
}

/** The one request's lines. */
export async function linesOf(listener: http.RequestListener, sent: Sent): Promise<string[]> {
  const [traced] = await trace(listener, sent)
  return (traced as Traced).lines
}

/** The route name at route-start, and at route-done, of each request. */
export async function routeNames(listener: http.RequestListener, ...requests: Sent[]): Promise<string[]> {
  return (await trace(listener, ...requests)).map(({ firings }) => {
    const [start, done] = [firings[0]?.args[1], firings.at(-1)?.args[1]]
    return start === done ? String(start) : `${start} then ${done}`
  })
}

/** Gives what is fired for a request that is not to be traced, until shortly after its end. */
export async function firedFor(listener: http.RequestListener, path: string): Promise<Firing[]> {
  return serving(listener, async (server) => {
    const recorder = new Recorder()
    await request(server, path)
    await setTimeout(30)
    return recorder.stop()
  })
}
