// An app whose every name would clear the terminal, and turn the direction of what is printed after it.
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import restifyProbes from 'restify-probes'

const HOSTILE = '\x1b[2J\x9b31m\u202e\nrestify-probes: all is well\r'

const app = express()
app.use(restifyProbes({ name: HOSTILE, routeName: () => HOSTILE }))
const handler = (_req: express.Request, res: express.Response) => void res.end()
Object.defineProperty(handler, 'name', { value: HOSTILE })
// A path as hostile as the names, which the URL / matches all the same.
app.get(new RegExp(`^/(?:${HOSTILE.replaceAll('[', '\\[')})?$`), handler)
const server = app.listen(0, async () => {
  const { port } = server.address() as AddressInfo
  // Node's own client refuses such a method and such a URL; a header's value may have more in it.
  await new Promise((resolve) =>
    http.get({ port, headers: { referer: '\x9b31m' } }, (res) => resolve(res.resume()))
  )
  console.log('ready')
})
process.title = HOSTILE
