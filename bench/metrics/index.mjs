// Metrics: what they cost, and which routes they call requests by, beside others that give them.
import { APPS } from '../support/apps.mjs'
import { heading, note } from '../support/report.mjs'
import { compareAlone } from './alone.mjs'
import { compareCost } from './cost.mjs'
import { compareNames } from './names.mjs'

for (const [app, { title }] of Object.entries(APPS)) {
  heading(`Metrics: ${title}`)
  await compareCost(app)
  note('The app alone: requests handed to it in its process, without a network:\n')
  await compareAlone(app)
}
heading('Metrics: names of routes')
await compareNames()
