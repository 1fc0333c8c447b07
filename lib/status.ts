import type { ProviderStatus } from './provider/provider'

/** See {@link restifyProbes.status}. */
export interface Status extends ProviderStatus {
  /** Whether `npx restify-probes` can attach to this thread as the user who runs it, or root. */
  attach: {
    /** Path of the thread's socket, or name of its pipe on Windows; missing while there is none. */
    socket?: string
    /** A sentence for people: where commands attach, or why none can. */
    message: string
  }
}
