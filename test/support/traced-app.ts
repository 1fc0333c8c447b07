import type { Express } from 'express'
import restifyProbes from 'restify-probes'
import type { load } from './frameworks'

/** An app of this Express that begins with our middleware. */
export function tracedApp(
  express: ReturnType<typeof load>,
  add: (app: Express) => void,
  options?: restifyProbes.Options
): Express {
  const app = express()
  app.set('env', 'test')
  app.use(restifyProbes(options))
  add(app)
  return app
}
