// CPU time a request: of whole servers, and of the app alone.
import { APPS } from '../support/apps.mjs'
import { atMost, heading, note } from '../support/report.mjs'
import { whyNoTracer } from '../support/tracer.mjs'
import { compareAlone } from './alone.mjs'
import { compareServers } from './whole.mjs'

const problem = whyNoTracer()
for (const [app, { title }] of Object.entries(APPS)) {
  heading(`Servers: ${title}`)
  if (problem !== undefined) note(`Not measured under bpftrace: ${problem}.\n`)
  const bare = await compareServers(app, problem === undefined)
  note('The app alone: requests handed to it in its process, without a network:\n')
  const off = await compareAlone(app)
  const whole = 1 + off / bare
  note(
    `What off adds there, of a whole server's ${bare.toFixed(1)} µs: ${whole.toFixed(3)} (${atMost(whole, 1.01)})`
  )
}
