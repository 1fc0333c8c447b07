import http from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { portOf, serving } from './http'
import type { Firing } from './recorder'

/** More requests than there are ids in a block. */
export const REQUESTS = 600

/** The way in which an app with copies of the package has served. */
export interface Served {
  bodies: string[]
  fired: Firing[]
  /** The file of the native addon, by each copy's own account. */
  addons: (string | undefined)[]
}

/** The answers that clients get for these paths, a few of which are asked for at a time. */
export async function answers(listener: http.RequestListener, paths: string[]): Promise<string[]> {
  return serving(listener, async (server) => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 8 })
    const bodies = await Promise.all(paths.map((path) => answer({ port: portOf(server), path, agent })))
    agent.destroy()
    // route-done may come after the client has all.
    await setTimeout(50)
    return bodies
  })
}

/** The same for {@link REQUESTS} requests. */
export function serveMany(listener: http.RequestListener): Promise<string[]> {
  return answers(listener, Array(REQUESTS).fill('/x'))
}

function answer(options: http.RequestOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const req = http.get(options, (res) => {
      let body = ''
      res.on('data', (data) => {
        body += data
      })
      res.on('end', () => resolve(body))
    })
    req.on('error', reject)
  })
}
