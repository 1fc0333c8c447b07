import type { Distribution } from '../../figures/distribution'
import type { HandlerFigures, RouteFigures } from '../../figures/figures'
import { Problem } from '../problem'
import { FORMAT, MAX_SIZE, type Recording } from './recording'

/**
 * A recording as JSON: one object. Each distribution has its shortest and longest duration, and for each slice of time
 * a row: the slice's number, the sum, and pairs of a bucket's number and its count.
 *
 * @throws Problem where it would be larger than what is read
 */
export function recordingText({ figures, slices, beganMs, endedMs, ...told }: Recording): string {
  const routes = [...figures.routes]
    .filter(([, { requests }]) => requests.count > 0)
    .map(([name, route]) => routeObject(name, route, slices))
  const object = {
    restifyProbes: { recording: FORMAT.newest },
    ...told,
    began: new Date(beganMs).toISOString(),
    ended: new Date(endedMs).toISOString(),
    slices: slices.map(({ seconds }) => seconds),
    routes
  }
  const text = `${JSON.stringify(object)}\n`
  if (Buffer.byteLength(text) > MAX_SIZE)
    throw new Problem(
      `a recording of ${routes.length} routes and their handlers has more than ${MAX_SIZE / 1024 / 1024} MB, and is not written`,
      ['--route ROUTE records one route only.']
    )
  return text
}

function routeObject(
  name: string,
  { method, path, errors, requests, handlers }: RouteFigures,
  slices: Recording['slices']
): Record<string, unknown> {
  return {
    name,
    ...(method === undefined ? {} : { method }),
    ...(path === undefined ? {} : { path }),
    errors,
    requests: distributionObject(
      requests,
      rowsOf(slices, (figures) => figures.routes.get(name)?.requests)
    ),
    handlers: [...handlers]
      .filter(([, { durations }]) => durations.count > 0)
      .map(([key, handler]) => {
        const rows = rowsOf(slices, (figures) => figures.routes.get(name)?.handlers.get(key)?.durations)
        return handlerObject(handler, rows)
      })
  }
}

function handlerObject(
  { name, location, busyNs, durations }: HandlerFigures,
  rows: number[][]
): Record<string, unknown> {
  return {
    name,
    location,
    ...(busyNs === undefined ? {} : { busyNs }),
    durations: distributionObject(durations, rows)
  }
}

function distributionObject({ minNs, maxNs }: Distribution, rows: number[][]): Record<string, unknown> {
  return { minNs: Number.isFinite(minNs) ? minNs : null, maxNs, slices: rows }
}

function rowsOf(
  slices: Recording['slices'],
  find: (figures: Recording['figures']) => Distribution | undefined
): number[][] {
  return slices.flatMap(({ figures }, index) => {
    const found = find(figures)
    if (found === undefined || found.count === 0) return []
    return [[index, found.sumNs, ...found.sorted().flat()]]
  })
}
