import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import express from 'express'
import restifyProbes from 'restify-probes'
import { request, serving } from '../support/http'
import { assertPaired } from '../support/pairing'
import { byRequest } from '../support/recorder'
import { parse, Tracer, tracing, withBpftrace } from '../support/tracer'

const WORKERS = 4
const REQUESTS = 100

if (isMainThread) {
  describe(withBpftrace('worker threads'), tracing('bpftrace'), () => {
    it('share one provider, and no id (rule 2)', async () => {
      const workers = Array.from({ length: WORKERS }, () => new Worker(__filename))
      await Promise.all(workers.map((worker) => once(worker, 'message')))
      const tracer = await Tracer.attach()
      await Promise.all(
        workers.map((worker) => {
          worker.postMessage('send')
          return once(worker, 'message')
        })
      )
      const requests = byRequest(parse(await tracer.detach()))
      await Promise.all(workers.map((worker) => worker.terminate()))
      assert.equal(requests.length, WORKERS * REQUESTS)
      for (const one of requests) assertPaired(one)
      const servers = new Map<unknown, number>()
      for (const [start] of requests) servers.set(start?.args[0], (servers.get(start?.args[0]) ?? 0) + 1)
      assert.deepEqual([...servers.values()], Array(WORKERS).fill(REQUESTS))
    })
  })
} else {
  void work()
}

async function work(): Promise<void> {
  const app = express()
  app.use(restifyProbes({ name: `worker-${process.hrtime.bigint()}` }))
  app.get('/', (_req, res) => void setTimeout(() => res.send('ok'), 20))
  await serving(app, async (server) => {
    parentPort?.postMessage('ready')
    await once(parentPort as NonNullable<typeof parentPort>, 'message')
    await Promise.all(Array.from({ length: REQUESTS }, () => request(server, '/')))
    parentPort?.postMessage('sent')
    await once(parentPort as NonNullable<typeof parentPort>, 'close')
  })
}
