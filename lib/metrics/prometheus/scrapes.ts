import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { sendText } from '../app/text-answer'
import { formatFor, takesGzip } from '../exposition/accept'
import { expose } from '../exposition/exposition'
import type { Snapshot } from '../snapshot'

/** The most scrapers at a time. Each holds a copy of its answer until it has read that. */
const MOST = 8

/** The time that a scraper has to read its answer, in milliseconds. Prometheus itself gives up earlier. */
const LONGEST = 60_000

/** The shortest answer that is worth compressing, in bytes. */
const WORTH_COMPRESSING = 4096

/**
 * Answers scrapers: as many at a time as memory is set aside for. Where one more comes, the one that has been reading for
 * longest is cut off, so that whoever never reads keeps nobody else out.
 */
export class Scrapes {
  readonly #snapshot: () => Snapshot
  /** The answers that are being read, in the order in which they were begun. */
  readonly #underWay = new Set<ServerResponse>()

  constructor(snapshot: () => Snapshot) {
    this.#snapshot = snapshot
  }

  /** Never throws nor rejects. */
  async answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    // A scraper may have gone already, as while a middleware waited: nobody tells of that once more.
    if (res.destroyed) return
    const [longest] = this.#underWay
    if (longest !== undefined && this.#underWay.size >= MOST) {
      this.#underWay.delete(longest)
      longest.destroy()
    }
    this.#underWay.add(res)
    const timer = setTimeout(() => res.destroy(), LONGEST).unref()
    res.once('close', () => {
      this.#underWay.delete(res)
      clearTimeout(timer)
    })
    try {
      await this.#write(req, res)
    } catch (error) {
      sendText(res, 500, `the metrics could not be written: ${error}\n`)
    }
  }

  async #write(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { contentType, body } = expose(this.#snapshot(), formatFor(req.headers.accept))
    res.setHeader('Content-Type', contentType)
    res.setHeader('Vary', 'Accept, Accept-Encoding')
    if (body.length < WORTH_COMPRESSING || !takesGzip(req.headers['accept-encoding'])) {
      res.end(body)
      return
    }
    const compressed = await gzip(body)
    res.setHeader('Content-Encoding', 'gzip')
    res.end(compressed)
  }
}

/** This compresses outside the event loop's thread, at the level that takes least time. */
async function gzip(body: Buffer): Promise<Buffer> {
  const zlib = require('node:zlib') as typeof import('node:zlib')
  return promisify<Buffer, { level: number }, Buffer>(zlib.gzip)(body, { level: 1 })
}
