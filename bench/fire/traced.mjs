import { attach, SCRIPTS } from '../support/tracer.mjs'

/** Does some work while bpftrace counts the probes of these children; then ends them. */
export async function traced(children, work) {
  const detachments = []
  try {
    for (const child of children)
      detachments.push(await attach(child.pid, SCRIPTS.count, () => child.ask('enabled')))
    return await work(...children)
  } finally {
    for (const detach of detachments) await detach()
    for (const child of children) await child.end()
  }
}
