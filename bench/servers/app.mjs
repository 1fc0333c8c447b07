// An app in several states, without a network, in one process: node app.mjs guide bare off
import { answering } from '../support/answering.mjs'
import { APPS } from '../support/apps.mjs'
import { contest } from '../support/contest.mjs'
import { Connection, cpuPerRequest } from '../support/inject.mjs'
import { appIn } from '../support/states.mjs'
import { undisturbed } from '../support/statistics.mjs'

const ROUNDS = 80
const ROUND_MS = 15
/** The number of rounds after which V8 has compiled what the requests run through. */
const WARM_UPS = 40

const [app, ...states] = process.argv.slice(2)
const contestants = states.map((state) => ({ name: state, connections: [new Connection(appIn(state, app))] }))

answering({
  /** Microseconds of CPU a request, by state. */
  async measure() {
    const figures = await contest(contestants, { rounds: ROUNDS, warmUps: WARM_UPS }, ({ connections }) =>
      cpuPerRequest(connections, APPS[app].path, ROUND_MS)
    )
    return Object.fromEntries([...figures].map(([state, list]) => [state, undisturbed(list)]))
  }
})
