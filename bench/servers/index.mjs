// CPU time a request: of whole servers, and of the app alone.
import { APPS } from '../support/apps.mjs'
import { heading, note } from '../support/report.mjs'
import { whyNoTracer } from '../support/tracer.mjs'
import { compareAlone } from './alone.mjs'
import { compareServers } from './whole.mjs'

const problem = whyNoTracer()
for (const [app, { title }] of Object.entries(APPS)) {
  heading(`Servers: ${title}`)
  if (problem !== undefined) note(`Not measured under bpftrace: ${problem}.\n`)
  await compareServers(app, problem === undefined)
  note('The app alone: requests handed to it in its process, without a network:\n')
  await compareAlone(app)
}
