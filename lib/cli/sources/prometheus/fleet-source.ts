import { Problem } from '../../problem'
import { PrometheusClient } from './client'
import { Expressions } from './expressions'
import type { Fleet, Histograms } from './fleet'
import type { FleetQuery } from './fleet-query'
import { fleetRoutes } from './fleet-routes'
import { REQUESTS } from './names'
import type { Sample } from './reading'

/** The most jobs that are named, of which there may be many more. */
const SHOWN_JOBS = 20

/** Asks a Prometheus for the figures of a fleet, one query after the other: it has others to serve. */
export class FleetSource {
  readonly #client: PrometheusClient
  readonly #wanted: FleetQuery
  readonly #expressions: Expressions

  constructor(wanted: FleetQuery) {
    this.#wanted = wanted
    this.#client = new PrometheusClient(wanted.address)
    this.#expressions = new Expressions(wanted.matchers, wanted.seconds)
  }

  /** @throws Problem that says why there are no figures, and what to do about it */
  async look(): Promise<Fleet> {
    const { histograms, instances, timeMs } = await this.#findHistograms()
    const expressions = this.#expressions
    // All answers are of one moment, so that parts and wholes fit together.
    const ask = (expression: string) => this.#client.query(expression, timeMs)
    const unless = async (left: boolean, expression: string): Promise<Sample[]> =>
      left ? [] : await ask(expression)
    const { routesOnly } = this.#wanted
    const routes = fleetRoutes({
      requests: await ask(expressions.requests(histograms)),
      time: await ask(expressions.time(histograms)),
      durations: await ask(expressions.durations(histograms)),
      before: await ask(expressions.durations(histograms, { hourBefore: true })),
      handlers: await unless(routesOnly, expressions.handlers()),
      busy: await unless(routesOnly, expressions.busy()),
      slowestInstances: await unless(routesOnly, expressions.slowestInstances(histograms)),
      typicalInstances: await unless(routesOnly, expressions.typicalInstances(histograms))
    })
    return { time: new Date(timeMs), instances, histograms, routes }
  }

  /** Gives up what is being asked. */
  close(): void {
    this.#client.close()
  }

  /** Finds native ones, if as many instances have these: a Prometheus can be told to store both. */
  async #findHistograms(): Promise<{ histograms: Histograms; instances: number; timeMs: number }> {
    const [classic] = await this.#client.query(this.#expressions.instances('classic'))
    const [native] = await this.#client.query(this.#expressions.instances('native'))
    if (native !== undefined && native.value >= (classic?.value ?? 0))
      return { histograms: 'native', instances: native.value, timeMs: native.timeMs }
    if (classic !== undefined)
      return { histograms: 'classic', instances: classic.value, timeMs: classic.timeMs }
    throw await this.#nothing()
  }

  /** Tells a condition that nothing meets from a Prometheus that scrapes no app of ours. */
  async #nothing(): Promise<Problem> {
    const { matchers, address } = this.#wanted
    const jobs = await this.#client.query(`count by (job) ({__name__=~"${REQUESTS}(_count)?"})`)
    if (matchers.length > 0 && jobs.length > 0) {
      const names = jobs.slice(0, SHOWN_JOBS).map(({ labels }) => labels.get('job') ?? '(none)')
      return new Problem(`no series of ${REQUESTS} has ${matchers.join(', ')}`, [
        `Jobs that have some: ${names.join(', ')}`
      ])
    }
    return new Problem(`Prometheus at ${address.shown} has no series of ${REQUESTS}`, [
      'Apps expose it by restify-probes/prometheus; for apps that do not, restify-probes export does.',
      `${address.shown}/targets tells whether Prometheus reaches them.`
    ])
  }
}
