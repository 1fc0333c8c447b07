import type { Backend } from '../provider/backend'

/**
 * The tracers of one backend's probes, from the first probe that is enabled until none is. One
 * that comes after a pause is another consumer, so that a tracer which attaches later is told from the one before (contract rule 3:
 * a tracer sees whole requests only).
 */
export class Consumer {
  readonly backend: Backend
  private isGone = false

  constructor(backend: Backend) {
    this.backend = backend
  }

  /** True once it was found to listen to nothing. */
  get gone(): boolean {
    return this.isGone
  }

  /** One bit for each probe that it listens to; 0 for ever once it was 0. */
  enabled(): number {
    if (this.isGone) return 0
    const enabled = this.backend.enabled()
    if (enabled === 0) this.isGone = true
    return enabled
  }
}
