/** Two hours in the life of a made-up fleet, as a Prometheus would have scraped it: what `top --prometheus` must tell of it is known. */

const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
const SCRAPE_SECONDS = 15
const HISTORY_SECONDS = 2 * 3600

export interface Traffic {
  instance: string
  pod?: string
  job?: string
  method?: string
  route: string
  status?: number
  perSecond: number
  /** The durations of requests in seconds, over and over. */
  durations: readonly number[]
  /** The same until half an hour ago. */
  earlierDurations?: readonly number[]
  handlers?: readonly { name: string; location?: string; share: number; busyShare: number }[]
}

/** @param endMs - the time of the last scrape */
export function historyOf(traffic: readonly Traffic[], endMs: number): string {
  const families = new Map<string, string[]>([
    ['http_server_request_duration_seconds histogram', []],
    ['restify_handler_duration_seconds histogram', []],
    ['restify_handler_busy_seconds summary', []],
    ['nodejs_eventloop_delay_p99_seconds gauge', []],
    ['nodejs_eventloop_utilization_ratio gauge', []]
  ])
  const [requests = [], handlers = [], busy = [], ...gauges] = families.values()
  const instances = new Map(traffic.map((each) => [each.instance, each]))
  for (const each of traffic) {
    const { instance, pod, job = 'shop', method = 'GET', route, status = 200, perSecond } = each
    const labels = {
      job,
      instance,
      ...(pod === undefined ? {} : { pod }),
      http_request_method: method,
      http_route: route
    }
    const ofRequests = new Counted({ ...labels, http_response_status_code: String(status) }, requests)
    const runs = (each.handlers ?? []).map(({ name, location, ...rest }) => {
      const all = { ...labels, handler: name, ...(location === undefined ? {} : { location }) }
      return { durations: new Counted(all, handlers), busy: new Counted(all, busy), ...rest }
    })
    const start = endMs / 1000 - HISTORY_SECONDS
    for (let passed = 0; passed <= HISTORY_SECONDS; passed += SCRAPE_SECONDS) {
      const before = passed < HISTORY_SECONDS - 1800
      const durations = (before ? each.earlierDurations : undefined) ?? each.durations
      for (const duration of durations) {
        const count = (perSecond * SCRAPE_SECONDS) / durations.length
        ofRequests.add(duration, count)
        for (const { durations, busy, share, busyShare } of runs) {
          durations.add(duration * share, count)
          busy.add(duration * share * busyShare, count)
        }
      }
      const time = (start + passed).toFixed(3)
      ofRequests.writeHistogram('http_server_request_duration_seconds', time)
      for (const { durations, busy } of runs) {
        durations.writeHistogram('restify_handler_duration_seconds', time)
        busy.writeSummary('restify_handler_busy_seconds', time)
      }
    }
  }
  for (const { instance, pod = '', job = 'shop' } of instances.values()) {
    for (const [index, name] of [
      'nodejs_eventloop_delay_p99_seconds',
      'nodejs_eventloop_utilization_ratio'
    ].entries())
      for (let passed = 0; passed <= HISTORY_SECONDS; passed += SCRAPE_SECONDS)
        gauges[index]?.push(
          `${name}{job="${job}",instance="${instance}",pod="${pod}"} 0.02 ${endMs / 1000 - HISTORY_SECONDS + passed}`
        )
  }
  const texts = [...families].map(([family, lines]) => `# TYPE ${family}\n${lines.join('\n')}\n`)
  return `${texts.join('')}# EOF\n`
}

/** Durations that are counted in classic buckets. */
class Counted {
  readonly #labels: string
  readonly #lines: string[]
  readonly #below = BOUNDS.map(() => 0)
  #count = 0
  #sum = 0

  constructor(labels: Record<string, string>, lines: string[]) {
    this.#labels = Object.entries(labels)
      .map(([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`)
      .join(',')
    this.#lines = lines
  }

  add(duration: number, count: number): void {
    BOUNDS.forEach((bound, index) => {
      if (duration <= bound) this.#below[index] = (this.#below[index] as number) + count
    })
    this.#count += count
    this.#sum += duration * count
  }

  writeHistogram(name: string, time: string): void {
    BOUNDS.forEach((bound, index) => {
      this.#lines.push(`${name}_bucket{${this.#labels},le="${bound}"} ${this.#below[index]} ${time}`)
    })
    this.#lines.push(`${name}_bucket{${this.#labels},le="+Inf"} ${this.#count} ${time}`)
    this.writeSummary(name, time)
  }

  writeSummary(name: string, time: string): void {
    this.#lines.push(`${name}_count{${this.#labels}} ${this.#count} ${time}`)
    this.#lines.push(`${name}_sum{${this.#labels}} ${this.#sum} ${time}`)
  }
}
