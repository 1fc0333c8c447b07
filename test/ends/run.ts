// Plays random ends of responses, and compares what a client received with the status in route-done:
// npm run fuzz:ends -- --cases 20000 [--seed S] [--framework express|express-4|connect]
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { type End, ends } from './case'
import { Stage } from './play'
import type { Received } from './received'

const CLIENT_CLOSED_REQUEST = 444
/** Cases that are played at a time. */
const AT_ONCE = 20

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 1e9) },
    framework: { type: 'string', multiple: true, default: ['express', 'express-4', 'connect'] }
  }
})

/** The status that contract rule 9 asks for. */
function expected(end: End, client: Received): number {
  // The client can't always tell: of a response that ends with its connection, or that is short of its length.
  const wasEnded = end.end.startsWith('end') && end.leavesAfter === null
  return wasEnded || (client.complete && !endsWithConnection(end)) ? end.status : CLIENT_CLOSED_REQUEST
}

/** Whether nothing but the end of the connection tells where the body ends. */
function endsWithConnection({ framing, method, status }: End): boolean {
  return framing === 'close' && method !== 'HEAD' && status !== 204 && status !== 304
}

async function check(framework: End['framework'], cases: number, seed: number): Promise<string | undefined> {
  const stage = await Stage.open(framework)
  try {
    const all = fc.sample(ends(framework), { numRuns: cases, seed })
    for (let at = 0; at < all.length; at += AT_ONCE) {
      const findings = await Promise.all(
        all.slice(at, at + AT_ONCE).map(async (end) => {
          try {
            const { client, status } = await stage.play(end)
            const wanted = expected(end, client)
            if (status === wanted) return undefined
            return `${JSON.stringify(end)}\nreceived ${JSON.stringify(client)}: ${status}, not ${wanted}`
          } catch (error) {
            return `${JSON.stringify(end)}\n${(error as Error).message}`
          }
        })
      )
      const finding = findings.find((one) => one !== undefined)
      if (finding !== undefined) return finding
    }
    return undefined
  } finally {
    stage.close()
  }
}

async function main(): Promise<void> {
  const seed = Number(values.seed)
  for (const framework of values.framework as End['framework'][]) {
    const finding = await check(framework, Number(values.cases), seed)
    console.log(`${framework}: ${values.cases} ends, seed ${seed}: ${finding ?? 'no finding'}`)
    if (finding !== undefined) process.exitCode = 1
  }
}

void main()
